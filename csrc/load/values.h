/* Values of options as people write them. Whatever cannot be meant ends the program with 2 and one sentence. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

__attribute__((noreturn, format(printf, 1, 2))) void refuse(const char *format, ...);
int64_t value_number(const char *name, const char *text, int64_t low, int64_t high);
/* `1s`, `500ms`, to nanoseconds. */
int64_t value_time(const char *name, const char *text);
/* Per second; 0 for `max`. */
double value_rate(const char *text);
/* Whether it is `yes` and not `no`. */
bool value_choice(const char *name, const char *text, const char *no, const char *yes);
/* `1,3`; how many, at most `most`. */
int value_cpus(const char *text, int *cpus, int most);
