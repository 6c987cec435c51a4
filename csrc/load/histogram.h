/*
 * A histogram with HdrHistogram's buckets: 1 ns to 1 h, three significant digits.
 *
 * Only the bucket arithmetic is here; logs, merges and quantiles are made outside, from sparse (value, count) pairs
 * whose value is the lowest one of its bucket, so that any HdrHistogram puts it into the same bucket again. What takes
 * longer than an hour is recorded as an hour and counted; what is below 0 as 0.
 */
#pragma once

#include <stdint.h>

#define HISTOGRAM_SUB_BUCKETS 2048
#define HISTOGRAM_HALF_BITS 10
#define HISTOGRAM_BUCKETS 32
#define HISTOGRAM_SIZE ((HISTOGRAM_BUCKETS + 1) * (HISTOGRAM_SUB_BUCKETS / 2))
#define HISTOGRAM_LARGEST INT64_C(3600000000000)

struct histogram {
	uint64_t saturated; /* recorded as the largest value, and counted */
	uint32_t lowest;    /* indices that hold anything, for a short scan; lowest > highest when it is empty */
	uint32_t highest;
	uint32_t counts[HISTOGRAM_SIZE];
};

struct histogram_pair {
	uint32_t index;
	uint32_t count;
};

/* What a histogram held when it was taken down: its pairs, from the lowest value up. */
struct histogram_pairs {
	struct histogram_pair *pairs;
	uint32_t length;
	uint32_t size;
};

void histogram_reset(struct histogram *h);
void histogram_record(struct histogram *h, int64_t value);
uint32_t histogram_index(int64_t value);
/* The lowest value of the bucket. */
int64_t histogram_value(uint32_t index);

/* The highest value of the bucket that holds the quantile (1: the maximum); 0 when it is empty. */
int64_t histogram_quantile(const struct histogram *h, double quantile);

/*
 * Move the lowest counts out, looking at no more than `most` buckets. 1: there is more, 0: the histogram is empty, -1:
 * no memory.
 */
int histogram_take(struct histogram *h, struct histogram_pairs *out, uint32_t most);
/* Give back the room that no pair needs. */
void histogram_trim(struct histogram_pairs *pairs);
/* Take out a value that is among them, without a hole: a count may become 0. */
void histogram_take_out(struct histogram_pairs *pairs, int64_t value);
/* Add another histogram, or pairs that were taken out of one (to merge threads). */
void histogram_merge(struct histogram *h, const struct histogram *more);
void histogram_add(struct histogram *h, const struct histogram_pairs *pairs);
