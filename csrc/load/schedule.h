/*
 * When requests are intended to be sent, in nanoseconds from the start of the load.
 *
 * Even: request k of the whole program at k / rate, over connection k mod C. Connection c is thread c mod T's, so every
 * connection has the same share of the requests, also where threads cannot have the same number of connections.
 * Poisson: exponential gaps; each thread draws its own with its connections' share of the rate, since independent
 * Poisson streams add up to one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct schedule {
	bool poisson;
	double rate_per_s; /* of the whole program */
	uint64_t
		round; /* number of the first request of this turn over all connections, in the whole program's count */
	uint64_t turn; /* the connection of the next request, of all */
	uint64_t thread;
	uint64_t threads;
	uint64_t connections; /* of all threads */
	double per_thread; /* how many times the connections of this thread all are */
	double at_ns;
	uint64_t random[4];
};

/* Connections of a thread: those whose number leaves it over when divided by the number of threads. */
static inline uint64_t schedule_connections(uint64_t thread, uint64_t threads, uint64_t connections)
{
	return connections / threads + (thread < connections % threads);
}

void schedule_init(struct schedule *s, bool poisson, double rate_per_s, uint64_t thread, uint64_t threads,
		   uint64_t connections, uint64_t seed);
/* The intended time of the next request of this thread, from 0 and at most 30 years; each call is one request. */
int64_t schedule_next(struct schedule *s);
