#include "worker.h"

#include <stdarg.h>
#include <stdio.h>

#include "../base/clock.h"
#include "marks.h"

/*
 * A request is late when it leaves more than this after its time: above what a timer takes, below what a stall takes.
 */
#define LATE_NS INT64_C(100000)

void worker_record(struct worker *w, enum result_kind kind, int64_t when, int64_t value)
{
	if (!w->started || worker_records(w, when))
		histogram_record(&w->results.now[kind], value);
}

void worker_mark(struct worker *w, int64_t intended)
{
	if (!w->options->exact || w->marked || !worker_records(w, intended))
		return;
	w->marked = true;
	mark_begin();
}

static void shift_window(struct worker *w, int64_t by)
{
	w->start += by;
	w->end += by;
	w->next_second += by;
}

void worker_postpone(struct worker *w, int64_t when)
{
	const struct exact *e = &w->results.exact;

	if (e->room && w->closed_loop && w->started && !e->began && when >= w->start)
		shift_window(w, when + 1 - w->start);
}

void worker_count_from(struct worker *w)
{
	struct exact *e = &w->results.exact;

	if (!e->room || !w->closed_loop || !w->started || e->began || clock_now() < w->start)
		return;
	exact_begin(e, w->index == 0);
	/* Reading how long the CPU was idle is none of the recorded time. */
	e->partial = w->outstanding;
	w->now = e->began;
	shift_window(w, e->began - w->start);
	w->marked = true;
	mark_begin();
}

void worker_complete(struct worker *w, int64_t intended, int64_t sent, int64_t now)
{
	struct results *r = &w->results;

	r->exact.answers += r->exact.began != 0;
	if (!worker_records(w, intended))
		return;
	histogram_record(&r->now[RESULT_LATENCY], now - intended);
	ticks_record(&r->ticks, intended - w->start, now - intended);
	histogram_record(&r->now[RESULT_SERVICE], now - sent);
	histogram_record(&r->now[RESULT_LAG], sent - intended);
	exact_answer(&r->exact, intended, sent, now);
	r->counters.completed++;
	r->counters.in_window += now < w->end;
	r->counters.late += sent - intended > LATE_NS;
}

void worker_settle(struct worker *w)
{
	struct results *r = &w->results;

	for (uint32_t i = 0; i < w->ledger.withdrawn_count; i++) {
		const struct noted *answer = &w->ledger.withdrawn[i];
		int64_t lag = answer->sent - answer->intended;

		results_take_out(r, RESULT_LATENCY, answer->second, answer->answered - answer->intended);
		ticks_take_out(&r->ticks, answer->intended - w->start, answer->answered - answer->intended);
		results_take_out(r, RESULT_SERVICE, answer->second, answer->answered - answer->sent);
		results_take_out(r, RESULT_LAG, answer->second, lag);
		if (answer->wire >= 0)
			results_take_out(r, RESULT_WIRE, answer->second, answer->wire);
		else if (w->options->timestamps)
			r->counters.unstamped--;
		r->counters.completed--;
		r->counters.in_window -= answer->answered < w->end;
		r->counters.late -= lag > LATE_NS;
		r->counters.errors[ERROR_SURPLUS]++;
	}
	w->ledger.withdrawn_count = 0;
}

void worker_lost(struct worker *w, int64_t intended, int64_t sent, int64_t now)
{
	struct results *r = &w->results;

	if (!worker_records(w, intended))
		return;
	histogram_record(&r->now[RESULT_LATENCY], now - intended);
	ticks_record(&r->ticks, intended - w->start, now - intended);
	if (sent)
		histogram_record(&r->now[RESULT_SERVICE], now - sent);
	exact_lost(&r->exact, intended, sent, now);
	r->counters.lost++;
}

bool worker_give_up(struct worker *w, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(w->failure, sizeof(w->failure), format, arguments);
	va_end(arguments);
	return false;
}
