/*
 * What a sender of one-way datagrams counted, and how it is written: lines of the same kinds as those of other loads.
 */
#pragma once

#include <stdbool.h>

#include "histogram.h"
#include "options.h"

struct packets_counters {
	uint64_t packets; /* handed to the kernel in the recorded time */
	uint64_t warmup_packets;
	uint64_t again; /* times that the socket was full */
	uint64_t no_buffers; /* times that the kernel had no memory for it */
	uint64_t *seconds; /* packets by second of the recorded time */
	bool exact; /* whether the next three are known */
	int64_t idle_before; /* exact_idle() when the recorded time began, and when all had been sent and drained */
	int64_t idle_after;
	int64_t span_ns;
	int64_t longest_gap_ns;
	int64_t stopped_ns;
	struct histogram *pacing; /* when the loop took each up, minus when it was intended */
};

void packets_add(const struct options *o, struct packets_counters *sum, const struct packets_counters *more);
/* `duration` is the recorded time, shorter than asked for if the load was stopped. 0, or -1 and errno. */
int packets_write(const struct options *o, const struct packets_counters *sum, int64_t monotonic_ns, int64_t unix_start,
		  int64_t duration);
