/* The name of the running program, in each of its errors, and its exit codes. */
#pragma once

/* An option is wrong, or nothing was measured or served. */
#define PROGRAM_REFUSED 2
#define PROGRAM_FAILED 3

/* Each program defines it. */
extern const char program_name[];

/*
 * What was closed of standard input, output and error becomes /dev/null: a socket that got its number would be sent
 * results and messages. Call it first.
 */
void program_keep_standard(void);
/* "NAME: SENTENCE. See --help." on standard error; ends the program with PROGRAM_REFUSED. */
__attribute__((noreturn, format(printf, 1, 2))) void program_refuse(const char *format, ...);
/* "NAME: WHAT: WHY." on standard error, or without WHY if that is NULL; PROGRAM_FAILED. */
int program_fail(const char *what, const char *why);
