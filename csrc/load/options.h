/* What the command line asks for; command.h reads it. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "timing.h"

#define OPTIONS_MOST_THREADS 256
#define OPTIONS_MOST_CONNECTIONS 10000
#define OPTIONS_SHORTEST_INTERVAL_NS INT64_C(10000000)
#define OPTIONS_MOST_PIPELINE 256
/* A multiple of what a timer tick can last (HZ 100, 250, 1000). */
#define OPTIONS_PHASE_NS INT64_C(20000000)
#define OPTIONS_MOST_REQUEST_BYTES (16 << 20)
#define OPTIONS_MOST_RESPONSE_BYTES (1 << 30)

/* Of a number: the default depends on others (checks.h), or it stays away. */
#define OPTIONS_NOT_GIVEN (-1)

struct protocol;

struct options {
	char target[INET6_ADDRSTRLEN];
	struct sockaddr_storage address;
	socklen_t address_length;
	int port;
	const struct protocol *protocol;
	const char *path;       /* NULL when the protocol has sizes instead */
	int64_t request_bytes;  /* -1 when it has not */
	int64_t response_bytes; /* as above */
	double rate_per_s; /* 0: a closed loop, each connection as fast as it is answered */
	int64_t duration_ns;
	int64_t warmup_ns;
	int64_t interval_ns; /* of the histograms on standard output */
	int64_t timeout_ns;
	int64_t drain_ns;
	int connections;
	int threads;
	int pipeline;
	int gso; /* one-way datagrams that the kernel cuts out of one; 1: none */
	bool poisson;
	bool arrivals_given;
	bool seed_given;
	const struct timing *timing;
	uint64_t seed;
	int64_t expect_bytes; /* -1: any */
	const char *congestion;
	bool progress;
	bool timestamps;
	bool exact;           /* keep every value, for a clock that counts */
	uint64_t payload;     /* seed of the bytes of sized requests; 0: all alike */
	int64_t phase_ns;     /* begin so long after a multiple of OPTIONS_PHASE_NS of the clock; -1: at once */
	int burst;            /* datagrams that leave together at a rate; 1: each at its time */
	int cpus[OPTIONS_MOST_THREADS];
	int cpu_count;
};
