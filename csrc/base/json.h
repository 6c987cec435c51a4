/* Pieces of JSON that several outputs have, written to standard output. */
#pragma once

#include <stdint.h>

/* A quoted string; what JSON does not take as it is, escaped. */
void json_write_string(const char *text);
/* `,"NAME":VALUE`, null if the value is below 0. */
void json_write_optional(const char *name, int64_t value);
/* `,"NAME":VALUE`. */
void json_write_count(const char *name, uint64_t value);
/* `,"cpu":{...}`: CPU time of this process so far. */
void json_write_cpu(void);
