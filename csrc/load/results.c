#include "results.h"

#include <stdlib.h>
#include <string.h>

#define TIDY_BUCKETS 512

const char *const result_names[RESULT_KINDS] = {"latency", "service", "lag", "connect"};
const char *const error_names[ERROR_KINDS] = {"connect", "closed", "status", "length", "garbage", "timeout"};

int results_init(struct results *r, uint32_t seconds)
{
	memset(r, 0, sizeof(*r));
	r->now = r->sets[0];
	r->before = r->sets[1];
	r->second_count = seconds;
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		histogram_reset(&r->sets[0][kind]);
		histogram_reset(&r->sets[1][kind]);
		r->seconds[kind] = calloc(seconds, sizeof(*r->seconds[kind]));
		if (!r->seconds[kind])
			return -1;
	}
	return 0;
}

void results_free(struct results *r)
{
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		for (uint32_t i = 0; r->seconds[kind] && i < r->second_count; i++)
			free(r->seconds[kind][i].pairs);
		free(r->seconds[kind]);
		r->seconds[kind] = NULL;
	}
}

static int results_take(struct results *r, struct histogram *set, uint32_t second, uint32_t most)
{
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		struct histogram *h = &set[kind];

		if (h->lowest > h->highest)
			continue;
		if (histogram_take(h, &r->seconds[kind][second], most) < 0)
			return -1;
		r->counters.saturated += h->saturated;
		h->saturated = 0;
		if (most < HISTOGRAM_SIZE)
			return 0;
	}
	return 0;
}

int results_tidy(struct results *r)
{
	return r->second ? results_take(r, r->before, r->second - 1, TIDY_BUCKETS) : 0;
}

int results_turn(struct results *r)
{
	struct histogram *done = r->now;

	if (r->second && results_take(r, r->before, r->second - 1, HISTOGRAM_SIZE))
		return -1;
	r->now = r->before;
	r->before = done;
	r->second++;
	return 0;
}

int results_finish(struct results *r)
{
	if (r->second && results_take(r, r->before, r->second - 1, HISTOGRAM_SIZE))
		return -1;
	return results_take(r, r->now, r->second, HISTOGRAM_SIZE);
}

void counters_add(struct counters *sum, const struct counters *c)
{
	sum->requests += c->requests;
	sum->completed += c->completed;
	sum->in_window += c->in_window;
	sum->unfinished += c->unfinished;
	sum->late += c->late;
	sum->saturated += c->saturated;
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		sum->errors[kind] += c->errors[kind];
	sum->stray += c->stray;
	sum->bytes_in += c->bytes_in;
	sum->bytes_out += c->bytes_out;
	sum->retransmissions += c->retransmissions;
	sum->rtt_us_sum += c->rtt_us_sum;
	sum->rtt_count += c->rtt_count;
}
