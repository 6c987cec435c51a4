#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"

/* When a second is over, its histograms are taken down piece by piece; it is looked for so often. */
#define LOOK_EVERY_NS INT64_C(20000000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_ended;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static int ended;

/* pthread_cond_clockwait would name the clock at the wait, but needs glibc 2.30. */
static void prepare(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&one_ended, &attributes);
	pthread_condattr_destroy(&attributes);
}

void progress_done(void)
{
	pthread_once(&prepared, prepare);
	pthread_mutex_lock(&lock);
	ended++;
	pthread_cond_signal(&one_ended);
	pthread_mutex_unlock(&lock);
}

/* Wait until `until` or until all have ended; whether they have. */
static bool wait_for_end(int threads, int64_t until)
{
	struct timespec at = {until / CLOCK_SECOND_NS, until % CLOCK_SECOND_NS};
	bool all;

	pthread_once(&prepared, prepare);
	pthread_mutex_lock(&lock);
	while (ended < threads && clock_now() < until)
		pthread_cond_timedwait(&one_ended, &lock, &at);
	all = ended == threads;
	pthread_mutex_unlock(&lock);
	return all;
}

static uint32_t finished(const struct options *o, const struct worker *workers)
{
	uint32_t least = UINT32_MAX;

	for (int i = 0; i < o->threads; i++) {
		uint32_t have = results_finished(&workers[i].results);

		least = have < least ? have : least;
	}
	return least;
}

static void merge(struct histogram *h, const struct options *o, const struct worker *workers, enum result_kind kind,
		  uint32_t second)
{
	histogram_reset(h);
	for (int i = 0; i < o->threads; i++)
		histogram_add(h, &workers[i].results.seconds[kind][second]);
}

static void print_second(struct histogram *h, const struct options *o, const struct worker *workers, uint32_t second)
{
	struct tally sum = {0};

	for (int i = 0; i < o->threads; i++) {
		const struct tally *now = &workers[i].results.tallies[second];

		sum.requests += now->requests - (second ? now[-1].requests : 0);
		sum.completed += now->completed - (second ? now[-1].completed : 0);
		sum.errors += now->errors - (second ? now[-1].errors : 0);
	}
	fprintf(stderr, "second %" PRIu32 ": %" PRIu64 " requests, %" PRIu64 " answered, %" PRIu64 " errors",
		second + 1, sum.requests, sum.completed, sum.errors);
	merge(h, o, workers, RESULT_LATENCY, second);
	if (sum.completed)
		fprintf(stderr, ", p50 %.1f us, p99 %.1f us", (double)histogram_quantile(h, 0.5) / 1e3,
			(double)histogram_quantile(h, 0.99) / 1e3);
	merge(h, o, workers, RESULT_PACING, second);
	if (h->lowest <= h->highest)
		fprintf(stderr, ", worst pacing %.1f us", (double)histogram_quantile(h, 1) / 1e3);
	fputs("\n", stderr);
}

int progress_watch(const struct options *o, const struct worker *workers, int64_t start)
{
	struct histogram *h = malloc(sizeof(*h));
	uint32_t shown = 0;
	bool all = false;

	if (!h)
		return -1;
	while (!all) {
		int64_t over = start + (int64_t)(shown + 1) * CLOCK_SECOND_NS, soon = clock_now() + LOOK_EVERY_NS;

		all = wait_for_end(o->threads, over > soon ? over : soon);
		for (uint32_t have = finished(o, workers); shown < have; shown++)
			print_second(h, o, workers, shown);
	}
	free(h);
	return 0;
}
