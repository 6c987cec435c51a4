/*
 * How long a thread of the generator did not run although it should have: stopped, or with its CPU taken away.
 *
 * `ran` is the last time at which the thread is known to have run, or until which it meant to sleep. Each time that the
 * clock is read anyway, the distance to it is a gap. What the network takes is in none: waiting for an answer is a
 * sleep until a given time, and only waking later than that counts. A closed loop, in which nothing else shows that it
 * was stopped, sleeps for GAP_HIDDEN_NS at most.
 */
#pragma once

#include <stdint.h>

#define GAP_HIDDEN_NS INT64_C(5000000)
/*
 * Gaps from this length on are added up: a program that is stopped for 40 ms again and again has no long one. Shorter ones
 * are time slices of other programs.
 */
#define GAP_COUNTED_NS INT64_C(20000000)

struct gap {
	int64_t ran;
	int64_t longest_ns;
	int64_t whole_ns; /* of those that are long enough */
};

/* The thread runs at `now`. */
static inline void gap_runs(struct gap *g, int64_t now)
{
	int64_t gap = now - g->ran;

	if (gap > g->longest_ns)
		g->longest_ns = gap;
	if (gap >= GAP_COUNTED_NS)
		g->whole_ns += gap;
	g->ran = now;
}

/* The thread is about to sleep, `until` then or until something happens. */
static inline void gap_sleeps(struct gap *g, int64_t until)
{
	if (until > g->ran)
		g->ran = until;
}
