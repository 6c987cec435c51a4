/*
 * When requests are intended to be sent, in nanoseconds from the start of the load.
 *
 * Even: request k of the whole program at k / rate; a thread has every T-th. Poisson: exponential gaps; each thread draws its own
 * with a rate of rate / T, since independent Poisson streams add up to one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct schedule {
	bool poisson;
	double rate_per_s; /* of the whole program */
	uint64_t next;     /* number of the next request of this thread, in the whole program's count */
	uint64_t threads;
	double at_ns;
	uint64_t random[4];
};

void schedule_init(struct schedule *s, bool poisson, double rate_per_s, uint64_t thread, uint64_t threads, uint64_t seed);
/* The intended time of the next request of this thread, from 0 and at most 30 years; each call is one request. */
int64_t schedule_next(struct schedule *s);
