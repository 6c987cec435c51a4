/*
 * Ctrl-C, SIGTERM and SIGHUP (a terminal that is gone): the load ends early, and what was measured until then is
 * written.
 *
 * The handler names a time a little ahead, which every thread sees before it comes, so that all end at the same one and
 * the accounts are whole. A second Ctrl-C or SIGTERM ends the program at once.
 */
#pragma once

#include <stdint.h>

/* The exit code of a load that was stopped. */
#define STOP_INTERRUPTED 130
/* Longest time that a thread may sleep without a look at stop_time(). */
#define STOP_LOOK_NS INT64_C(50000000)

/* 0, or -1 and errno. */
int stop_watch(void);
/* When to end, of the monotonic clock; 0: no signal came. */
int64_t stop_time(void);
/* Report a load that was stopped within its warm-up; STOP_INTERRUPTED. */
int stop_report_nothing(void);
