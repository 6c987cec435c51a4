/* What one thread counted for one service. All fields are 64 bits wide, so that they can be added up as an array. */
#pragma once

#include <stdint.h>

struct counters {
	uint64_t connections; /* accepted */
	uint64_t refused;     /* accepted and closed, because no more files could be open */
	uint64_t requests;    /* whole ones; datagrams */
	uint64_t answers;     /* fully handed to the kernel */
	uint64_t not_found;
	uint64_t garbage;   /* not HTTP as it is spoken here; a datagram of another size */
	uint64_t unsent;    /* answers that the kernel did not take: it has no room, or nobody is there */
	uint64_t bytes_in;  /* of payload */
	uint64_t bytes_out;
	/* of the sink */
	uint64_t packets;
	uint64_t packet_bytes;
	uint64_t warmup_packets; /* marked by their sender as not to be counted; they are in no other number */
	uint64_t numbered;
	uint64_t gaps;       /* times that a number was ahead of the next one */
	uint64_t missing;    /* numbers below the highest that never came */
	uint64_t reordered;  /* came after a higher one */
	uint64_t duplicates;
	uint64_t socket_drops; /* thrown away by the kernel, because the socket's buffer was full */
};

void counters_add(struct counters *sum, const struct counters *more);
