/* Values of options as people write them. One that makes no sense ends the program with one sentence (program.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int64_t value_number(const char *name, const char *text, int64_t low, int64_t high);
/* `1s`, `500ms`, to nanoseconds. */
int64_t value_time(const char *name, const char *text);
/* Per second; 0 for `max`. */
double value_rate(const char *text);
/* Whether it is `yes` and not `no`. */
bool value_choice(const char *name, const char *text, const char *no, const char *yes);
/* `1,3`; how many, at most `most`. */
int value_cpus(const char *text, int *cpus, int most);
