/*
 * Latencies of each tenth of a second, in coarse buckets. They show whether slow requests come alone or together, and
 * whether a load keeps its level. Seconds would be too few, and whole histograms of tenths too many.
 *
 * A request belongs to the tick in which it was intended. A bucket is 64 of HdrHistogram's, 3 to 6 % wide from 2 us on.
 * A load longer than 2 min has longer ticks, so that a thread's never take more than 2.5 MB.
 */
#pragma once

#include <stdint.h>

#include "histogram.h"

#define TICK_SHORTEST_NS INT64_C(100000000)
#define TICKS_MOST 1200
#define TICK_STEP_BITS 6
#define TICK_BUCKETS ((HISTOGRAM_SIZE >> TICK_STEP_BITS) + 1)

struct ticks {
	int64_t length_ns;
	uint32_t count;
	uint32_t (*counts)[TICK_BUCKETS];
};

/* The length of a tick, and how many of them a load of this duration has. */
int64_t ticks_length(int64_t duration_ns);
uint32_t ticks_count(int64_t duration_ns);
/* 0, or -1 without memory. */
int ticks_init(struct ticks *t, int64_t duration_ns);
void ticks_free(struct ticks *t);
/* A request that was intended `when` after the start took `value`. */
void ticks_record(struct ticks *t, int64_t when, int64_t value);
/* Take out what was recorded so. */
void ticks_take_out(struct ticks *t, int64_t when, int64_t value);
/* The lowest value of a bucket. */
int64_t ticks_value(uint32_t bucket);
