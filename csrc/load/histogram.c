#include "histogram.h"

#include <stdlib.h>
#include <string.h>

#define FEWEST_PAIRS 1024

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->lowest = HISTOGRAM_SIZE;
}

uint32_t histogram_index(int64_t value)
{
	uint64_t v = value < 0 ? 0 : (uint64_t)value;
	/* The bucket is how often the value must be halved to fit into the sub-buckets. */
	int bucket = 64 - __builtin_clzll(v | (HISTOGRAM_SUB_BUCKETS - 1)) - (HISTOGRAM_HALF_BITS + 1);
	uint32_t sub = (uint32_t)(v >> bucket);

	return ((uint32_t)(bucket + 1) << HISTOGRAM_HALF_BITS) + sub - HISTOGRAM_SUB_BUCKETS / 2;
}

int64_t histogram_value(uint32_t index)
{
	int bucket = (int)(index >> HISTOGRAM_HALF_BITS) - 1;
	int64_t sub = (index & (HISTOGRAM_SUB_BUCKETS / 2 - 1)) + HISTOGRAM_SUB_BUCKETS / 2;

	if (bucket < 0) {
		sub -= HISTOGRAM_SUB_BUCKETS / 2;
		bucket = 0;
	}
	return sub << bucket;
}

static void histogram_count(struct histogram *h, uint32_t index, uint64_t count)
{
	h->counts[index] += (uint32_t)count;
	if (index < h->lowest)
		h->lowest = index;
	if (index > h->highest)
		h->highest = index;
}

void histogram_record(struct histogram *h, int64_t value)
{
	if (value > HISTOGRAM_LARGEST) {
		value = HISTOGRAM_LARGEST;
		h->saturated++;
	}
	histogram_count(h, histogram_index(value), 1);
}

static int pairs_append(struct histogram_pairs *out, struct histogram_pair pair)
{
	if (out->length == out->size) {
		uint32_t size = out->size ? out->size * 2 : FEWEST_PAIRS;
		struct histogram_pair *larger = realloc(out->pairs, size * sizeof(*larger));

		if (!larger)
			return -1;
		out->pairs = larger;
		out->size = size;
	}
	out->pairs[out->length++] = pair;
	return 0;
}

int histogram_take(struct histogram *h, struct histogram_pairs *out, uint32_t most)
{
	for (; most && h->lowest <= h->highest; most--, h->lowest++) {
		uint32_t count = h->counts[h->lowest];

		if (count == 0)
			continue;
		if (pairs_append(out, (struct histogram_pair){h->lowest, count}))
			return -1;
		h->counts[h->lowest] = 0;
	}
	if (h->lowest <= h->highest)
		return 1;
	h->lowest = HISTOGRAM_SIZE;
	h->highest = 0;
	return 0;
}

void histogram_trim(struct histogram_pairs *pairs)
{
	struct histogram_pair *smaller;

	if (pairs->length == 0 || pairs->length == pairs->size)
		return;
	/* Where it cannot be made smaller it stays as it is. */
	smaller = realloc(pairs->pairs, pairs->length * sizeof(*smaller));
	if (smaller) {
		pairs->pairs = smaller;
		pairs->size = pairs->length;
	}
}

static int by_index(const void *key, const void *pair)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct histogram_pair *)pair)->index;

	return (a > b) - (a < b);
}

void histogram_take_out(struct histogram_pairs *pairs, int64_t value)
{
	uint32_t index = histogram_index(value > HISTOGRAM_LARGEST ? HISTOGRAM_LARGEST : value);
	struct histogram_pair *pair = bsearch(&index, pairs->pairs, pairs->length, sizeof(*pair), by_index);

	if (pair)
		pair->count--;
}

int64_t histogram_quantile(const struct histogram *h, double quantile)
{
	uint64_t total = 0, seen = 0, rank;

	for (uint32_t i = h->lowest; i <= h->highest; i++)
		total += h->counts[i];
	rank = (uint64_t)(quantile * (double)total + 0.5);
	rank = rank < 1 ? 1 : rank > total ? total : rank;
	for (uint32_t i = h->lowest; total && i <= h->highest; i++) {
		seen += h->counts[i];
		if (seen >= rank)
			return histogram_value(i + 1) - 1;
	}
	return 0;
}

void histogram_merge(struct histogram *h, const struct histogram *more)
{
	for (uint32_t i = more->lowest; i <= more->highest; i++)
		if (more->counts[i])
			histogram_count(h, i, more->counts[i]);
	h->saturated += more->saturated;
}

void histogram_add(struct histogram *h, const struct histogram_pairs *pairs)
{
	for (uint32_t i = 0; i < pairs->length; i++)
		histogram_count(h, pairs->pairs[i].index, pairs->pairs[i].count);
}
