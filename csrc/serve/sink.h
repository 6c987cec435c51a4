/*
 * Datagrams that are only counted (`--sink`): how many, when, and which of their numbers are missing, late or doubled.
 */
#pragma once

#include "../base/number.h"
#include "sequence.h"
#include "worker.h"

struct sink {
	int64_t first_ns; /* arrival of the first and the last counted datagram, on CLOCK_MONOTONIC, to within a batch */
	int64_t last_ns;
	int buffer_bytes; /* of the socket, as the kernel counts it */
	struct sequence sequences[NUMBER_THREADS];
};

/* For the socket `fd`, which gets the largest buffer that the kernel allows; NULL without memory. */
struct sink *sink_new(int fd);
/* Read what has arrived; all of it when there are no `events`. */
void sink_ready(struct worker *w, struct watched *self, uint32_t events);
