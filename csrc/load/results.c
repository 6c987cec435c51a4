#include "results.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TIDY_BUCKETS 512

const char *const result_names[RESULT_KINDS] = {"latency", "service", "lag", "pacing", "connect", "wire"};
const char *const error_names[ERROR_KINDS] = {"connect", "closed", "status", "length", "garbage", "timeout", "surplus"};

int results_init(struct results *r, uint32_t seconds)
{
	memset(r, 0, sizeof(*r));
	r->now = r->sets[0];
	r->before = r->sets[1];
	r->second_count = r->second_room = seconds;
	r->tallies = calloc(seconds, sizeof(*r->tallies));
	if (!r->tallies)
		return -1;
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
	free(r->tallies);
	r->tallies = NULL;
	ticks_free(&r->ticks);
	exact_free(&r->exact);
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		for (uint32_t i = 0; r->seconds[kind] && i < r->second_room; i++)
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
		if (h->lowest > h->highest)
			histogram_trim(&r->seconds[kind][second]);
		r->counters.saturated += h->saturated;
		h->saturated = 0;
		if (most < HISTOGRAM_SIZE)
			return 0;
	}
	atomic_store_explicit(&r->finished, second + 1, memory_order_release);
	return 0;
}

uint32_t results_finished(const struct results *r)
{
	return atomic_load_explicit(&r->finished, memory_order_acquire);
}

static void tally(struct results *r)
{
	struct tally *t = &r->tallies[r->second];

	*t = (struct tally){.requests = r->counters.requests, .completed = r->counters.completed};
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		t->errors += r->counters.errors[kind];
}

int results_tidy(struct results *r)
{
	bool is_tidy = r->second == atomic_load_explicit(&r->finished, memory_order_relaxed);

	return is_tidy ? 0 : results_take(r, r->before, r->second - 1, TIDY_BUCKETS);
}

int results_turn(struct results *r)
{
	struct histogram *done = r->now;

	if (r->second && results_take(r, r->before, r->second - 1, HISTOGRAM_SIZE))
		return -1;
	tally(r);
	r->now = r->before;
	r->before = done;
	r->second++;
	return 0;
}

int results_finish(struct results *r)
{
	if (r->second && results_take(r, r->before, r->second - 1, HISTOGRAM_SIZE))
		return -1;
	tally(r);
	return results_take(r, r->now, r->second, HISTOGRAM_SIZE);
}

void results_take_out(struct results *r, enum result_kind kind, uint32_t second, int64_t value)
{
	histogram_take_out(&r->seconds[kind][second], value);
}

void counters_tcp(struct counters *c, uint32_t retransmissions, uint32_t rtt_us)
{
	c->retransmissions += retransmissions;
	if (rtt_us == 0)
		return;
	if (!c->rtt_count || rtt_us < c->rtt_us_min)
		c->rtt_us_min = rtt_us;
	if (rtt_us > c->rtt_us_max)
		c->rtt_us_max = rtt_us;
	c->rtt_us_sum += rtt_us;
	c->rtt_count++;
}

void counters_add(struct counters *sum, const struct counters *c)
{
	sum->requests += c->requests;
	sum->completed += c->completed;
	sum->in_window += c->in_window;
	sum->unfinished += c->unfinished;
	sum->lost += c->lost;
	sum->late += c->late;
	sum->not_taken_up += c->not_taken_up;
	sum->saturated += c->saturated;
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		sum->errors[kind] += c->errors[kind];
	sum->stray += c->stray;
	sum->ambiguous += c->ambiguous;
	sum->unstamped += c->unstamped;
	sum->bytes_in += c->bytes_in;
	sum->bytes_out += c->bytes_out;
	sum->retransmissions += c->retransmissions;
	sum->reopened += c->reopened;
	sum->syn_retransmissions += c->syn_retransmissions;
	if (c->rtt_count && (!sum->rtt_count || c->rtt_us_min < sum->rtt_us_min))
		sum->rtt_us_min = c->rtt_us_min;
	if (c->rtt_us_max > sum->rtt_us_max)
		sum->rtt_us_max = c->rtt_us_max;
	sum->rtt_us_sum += c->rtt_us_sum;
	sum->rtt_count += c->rtt_count;
}
