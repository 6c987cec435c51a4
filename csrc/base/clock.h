/* Nanoseconds of the monotonic clock: the one clock of every interval here. */
#pragma once

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND_NS INT64_C(1000000000)

static inline int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND_NS + ts.tv_nsec;
}

static inline int64_t clock_unix(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND_NS + ts.tv_nsec;
}

/*
 * When to begin: `head_start` from now, or with a `phase` of 0 or more so long after a multiple of `whole`. Sleeps
 * until the head start is all that is left.
 */
static inline int64_t clock_begin(int64_t phase, int64_t head_start, int64_t whole)
{
	int64_t begin = clock_now() + head_start, wake;

	if (phase < 0)
		return begin;
	begin += ((phase - begin) % whole + whole) % whole;
	wake = begin - head_start;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
			&(struct timespec){wake / CLOCK_SECOND_NS, wake % CLOCK_SECOND_NS}, NULL);
	return begin;
}
