#include "exact.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "schedule.h"

const char *const exact_names[EXACT_KINDS] = {"latency", "service", "cycle"};

uint64_t exact_room(const struct options *o)
{
	uint64_t threads = (uint64_t)o->threads;
	double expected;

	if (!o->exact)
		return 0;
	if (o->rate_per_s == 0)
		return (uint64_t)o->duration_ns / EXACT_SHORTEST_NS + (uint64_t)o->connections;
	expected = o->rate_per_s * (double)o->duration_ns / 1e9;
	/* Of the first thread, which has the most connections; of random arrivals more than chance asks for. */
	expected *= (double)schedule_connections(0, threads, (uint64_t)o->connections) / (double)o->connections;
	return (uint64_t)(o->poisson ? expected * 1.1 + 1000 : expected) + (uint64_t)o->connections / threads + 2;
}

int exact_init(struct exact *e, const struct options *o)
{
	memset(e, 0, sizeof(*e));
	e->room = (uint32_t)exact_room(o);
	for (int kind = 0; e->room && kind < EXACT_KINDS; kind++) {
		e->values[kind] = malloc(e->room * sizeof(int64_t));
		if (!e->values[kind])
			return -1;
		/* Not zeros, which calloc() would hand out without a page behind them. */
		memset(e->values[kind], 0xff, e->room * sizeof(int64_t));
	}
	return 0;
}

void exact_free(struct exact *e)
{
	for (int kind = 0; kind < EXACT_KINDS; kind++) {
		free(e->values[kind]);
		e->values[kind] = NULL;
	}
}

void exact_begin(struct exact *e, bool first)
{
	e->idle_before = first ? exact_idle() : -1;
	e->began = clock_now();
}

void exact_end(struct exact *e, bool first)
{
	e->ended = clock_now();
	e->idle_after = first ? exact_idle() : -1;
}

static void record(struct exact *e, enum exact_kind kind, int64_t value)
{
	if (e->counts[kind] == e->room)
		e->full = true;
	else
		e->values[kind][e->counts[kind]++] = value;
}

void exact_answer(struct exact *e, int64_t intended, int64_t sent, int64_t now)
{
	if (!e->room)
		return;
	record(e, EXACT_LATENCY, now - intended);
	record(e, EXACT_SERVICE, now - sent);
	if (e->last)
		record(e, EXACT_CYCLE, now - e->last);
	e->last = now;
}

void exact_lost(struct exact *e, int64_t intended, int64_t sent, int64_t now)
{
	if (!e->room)
		return;
	record(e, EXACT_LATENCY, now - intended);
	if (sent)
		record(e, EXACT_SERVICE, now - sent);
}

static int ascending(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

static void write_kind(const char *name, const int64_t *sorted, uint64_t count)
{
	uint64_t times;

	printf("\"%s\":[", name);
	for (uint64_t i = 0; i < count; i += times) {
		for (times = 1; i + times < count && sorted[i + times] == sorted[i]; times++)
			;
		printf("%s[%" PRId64 ",%" PRIu64 "]", i ? "," : "", sorted[i], times);
	}
	putchar(']');
}

int exact_write(const struct exact *const *threads, int count)
{
	for (int kind = 0; kind < EXACT_KINDS; kind++) {
		uint64_t total = 0;
		int64_t *all;

		for (int i = 0; i < count; i++)
			total += threads[i]->counts[kind];
		all = malloc((total ? total : 1) * sizeof(*all));
		if (!all)
			return -1;
		total = 0;
		for (int i = 0; i < count; i++) {
			memcpy(all + total, threads[i]->values[kind], threads[i]->counts[kind] * sizeof(*all));
			total += threads[i]->counts[kind];
		}
		qsort(all, total, sizeof(*all), ascending);
		if (kind)
			putchar(',');
		write_kind(exact_names[kind], all, total);
		free(all);
	}
	return 0;
}

int64_t exact_idle(void)
{
	FILE *list = fopen("/proc/timer_list", "re");
	int64_t sleep = 0, iowait = 0;
	int cpus = 0;
	char line[256];

	if (!list)
		return -1;
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, " .idle_sleeptime : %" SCNd64, &sleep) == 1)
			cpus++;
		else
			(void)sscanf(line, " .iowait_sleeptime : %" SCNd64, &iowait);
	fclose(list);
	return cpus == 1 ? sleep + iowait : -1;
}

void exact_write_idle(int64_t idle_before, int64_t idle_after, int64_t span_ns)
{
	if (idle_before >= 0 && idle_after >= idle_before)
		printf("\"idle_ns\":%" PRId64, idle_after - idle_before);
	else
		fputs("\"idle_ns\":null", stdout);
	printf(",\"span_ns\":%" PRId64 "}", span_ns);
}
