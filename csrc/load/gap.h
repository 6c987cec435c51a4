/*
 * How long a thread of the generator did not run although it should have: stopped, or with its CPU taken away.
 *
 * `ran` is the last time at which the thread is known to have run, or until which it meant to sleep. Each time that the
 * clock is read anyway, the distance to it is a gap. What the network takes is in none: waiting for an answer is a
 * sleep until a given time, and only waking later than that counts.
 */
#pragma once

#include <stdint.h>

struct gap {
	int64_t ran;
	int64_t longest_ns;
};

/* The thread runs at `now`. */
static inline void gap_runs(struct gap *g, int64_t now)
{
	if (now - g->ran > g->longest_ns)
		g->longest_ns = now - g->ran;
	g->ran = now;
}

/* The thread is about to sleep, `until` then or until something happens. */
static inline void gap_sleeps(struct gap *g, int64_t until)
{
	if (until > g->ran)
		g->ran = until;
}
