#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "../base/clock.h"
#include "connection.h"
#include "events.h"
#include "exchange.h"
#include "marks.h"
#include "protocol.h"
#include "stop.h"

/* Few at a time: requests that come due meanwhile are sent after them. */
#define EVENTS 32
#define CONNECT_LIMIT_NS INT64_C(10000000000)
#define MOST_OPENING 256
/*
 * Every connection is looked at every 50 ms, or oftener where a timeout is short, but never many at once, so that no
 * request is delayed by it.
 */
#define LOOK_EVERY_NS STOP_LOOK_NS
#define LOOK_SOONEST_NS INT64_C(1000000)
#define LOOKS_PER_TIMEOUT 8
#define LOOK_AT 64
/* A socket that is read directly is still looked at by epoll every so often, for events that only epoll reports. */
#define DIRECT_READS 64
/*
 * In a closed loop the next answer is near, or far: what a sleep and its wake-up cost both sides is worth waiting for.
 */
#define PATIENCE_NS INT64_C(10000)

static bool give_up_memory(struct worker *w)
{
	return worker_give_up(w, "there is no memory left");
}

static bool give_up_connecting(struct worker *w, int number)
{
	w->failed_to_connect = true;
	for (uint32_t i = 0; !w->protocol->datagrams && i < w->connection_count; i++)
		connection_count_syns(&w->connections[i], w);
	if (w->open == 0)
		return worker_give_up(w, "%s", strerror(number));
	return worker_give_up(w,
			      "%s, with %" PRIu32 " of %" PRIu32 " connections%s open, and %" PRIu64 " SYNs sent again",
			      strerror(number), w->open, w->connection_count,
			      w->options->threads > 1 ? " of a thread" : "", w->results.counters.syn_retransmissions);
}

/* Wait for events until `until` (absolute), then handle them; false when the thread must give up. */
static bool handle(struct worker *w, const struct timing *timing, int64_t until)
{
	struct epoll_event events[EVENTS];
	int count = timing->wait(&w->waiter, events, EVENTS, until);

	if (count < 0)
		return errno == EINTR || worker_give_up(w, "waiting for events: %s", strerror(errno));
	for (int i = 0; i < count; i++)
		if (events[i].data.ptr && events_handle(events[i].data.ptr, w, events[i].events))
			return give_up_memory(w);
	return true;
}

/*
 * When one connection is all there is, and an answer is all that it waits for, reading costs less than asking epoll and
 * then reading.
 */
static bool only_an_answer_is_awaited(const struct worker *w)
{
	const struct connection *c = w->connections;

	return w->options->timing == &timing_spin && w->connection_count == 1 && c->state == CONNECTION_OPEN &&
	       c->under_way_count && !c->wants_write && !w->options->timestamps;
}

/* As handle(), until the next request or the next look is due. */
static bool answer_or_time(struct worker *w, int64_t until)
{
	if (!only_an_answer_is_awaited(w) || ++w->direct_reads % DIRECT_READS == 0)
		return handle(w, w->options->timing, until);
	return !w->protocol->transport->receive(w->connections, w, false) || give_up_memory(w);
}

bool loop_connect(struct worker *w)
{
	int64_t limit = clock_now() + CONNECT_LIMIT_NS;
	uint32_t begun = 0, were_open = 0;

	if (w->protocol->each_its_own)
		return true;
	while (w->open < w->connection_count) {
		/* Not all at once: a server's queue of new connections is short. */
		while (begun < w->connection_count && begun - w->open < MOST_OPENING)
			if (connection_open(&w->connections[begun++], w))
				return give_up_connecting(w, w->results.connect_errno);
		if (w->open < w->connection_count && !handle(w, &timing_sleep, limit))
			return false;
		if (w->failed_opens)
			return give_up_connecting(w, w->results.connect_errno);
		/* A server that accepts slowly still accepts. */
		if (w->open > were_open) {
			were_open = w->open;
			limit = clock_now() + CONNECT_LIMIT_NS;
		}
		if (clock_now() >= limit)
			return give_up_connecting(w, w->results.connect_errno = ETIMEDOUT);
	}
	return true;
}

static bool send_due(struct worker *w)
{
	int64_t taken = w->now;

	for (; w->next_intended <= w->now && w->next_intended < w->end; taken = clock_now()) {
		struct connection *c = &w->connections[w->turn];

		gap_runs(&w->gap, taken);

		if (w->outstanding >= WORKER_MOST_OUTSTANDING)
			return worker_give_up(w, "%" PRIu64 " requests wait for an answer; offer a lower --rate",
					      w->outstanding);
		w->turn = w->turn + 1 == w->connection_count ? 0 : w->turn + 1;
		worker_record(w, RESULT_PACING, w->next_intended, taken - w->next_intended);
		w->results.counters.not_taken_up += taken >= w->end;
		if (exchange_request(c, w, w->next_intended))
			return give_up_memory(w);
		w->next_intended = w->begin + schedule_next(&w->schedule);
	}
	return true;
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Ctrl-C moves the end; requests intended after it do not exist. */
static void check_stop(struct worker *w)
{
	int64_t stop = stop_time();

	if (stop && stop < w->end) {
		int64_t from_start = stop > w->start ? stop - w->start : 1;

		w->end = stop;
		w->results.second_count =
			(uint32_t)((from_start + w->options->interval_ns - 1) / w->options->interval_ns);
	}
}

/* Periodic work: histograms of the last second, timeouts. */
static bool do_periodic_work(struct worker *w)
{
	struct results *r = &w->results;

	if (w->now < w->next_second && results_tidy(r))
		return give_up_memory(w);
	/* More than one has passed when the machine itself stood still. */
	for (; w->now >= w->next_second; w->next_second += w->options->interval_ns)
		if (r->second + 1 < r->second_count && results_turn(r))
			return give_up_memory(w);
	if (w->now < w->next_look)
		return true;
	if (!w->counts_gaps && w->now >= w->start) {
		/* Of a gap that began in the warm-up, the part behind it. */
		w->gap.longest_ns = w->now - w->start;
		w->gap.whole_ns = w->gap.longest_ns >= GAP_COUNTED_NS ? w->gap.longest_ns : 0;
		w->counts_gaps = true;
	}
	for (uint32_t i = 0; i < LOOK_AT && i < w->connection_count; i++) {
		if (events_check_timeouts(&w->connections[w->looked_at], w, w->now))
			return give_up_memory(w);
		w->looked_at = w->looked_at + 1 == w->connection_count ? 0 : w->looked_at + 1;
	}
	w->next_look = w->now + (w->connection_count > LOOK_AT ? w->look_every_ns * LOOK_AT / w->connection_count
							       : w->look_every_ns);
	if (!w->counts_gaps && w->next_look > w->start)
		w->next_look = w->start;
	return true;
}

static bool start(struct worker *w, int64_t begin)
{
	w->begin = w->now = begin;
	w->start = begin + w->options->warmup_ns;
	w->end = w->start + w->options->duration_ns;
	w->next_intended = w->closed_loop ? INT64_MAX : begin + schedule_next(&w->schedule);
	w->next_second = w->start + w->options->interval_ns;
	w->next_look = begin;
	w->look_every_ns = earliest(w->options->timeout_ns / LOOKS_PER_TIMEOUT, LOOK_EVERY_NS);
	if (w->look_every_ns < LOOK_SOONEST_NS)
		w->look_every_ns = LOOK_SOONEST_NS;
	w->counts_gaps = w->start == begin;
	while (clock_now() < begin)
		sched_yield();
	w->started = true;
	w->gap = (struct gap){.ran = begin};
	/* Who counts wants every wait to be the same one. */
	w->waiter.patience_ns = w->closed_loop && !w->options->exact ? PATIENCE_NS : 0;
	for (uint32_t i = 0; w->closed_loop && i < w->connection_count; i++) {
		if (exchange_go_on(&w->connections[i], w))
			return give_up_memory(w);
		/* The first requests of 64 new connections are 14 ms of work, not a gap. */
		if (!w->options->exact)
			gap_runs(&w->gap, clock_now());
	}
	return true;
}

/*
 * How long to wait for surplus answers once everything is answered. A surplus answer that arrives while the next
 * request is under way is taken for the answer to that request, because nothing in the protocol shows the difference.
 * From then on the server has one answer more to send than it has requests, and the last one arrives after the load.
 */
static int64_t surplus_time(const struct worker *w)
{
	int64_t longest = 0;

	for (uint32_t i = 0; i < w->connection_count; i++) {
		int64_t time = connection_surplus_time(&w->connections[i]);

		if (time > longest)
			longest = time;
	}
	return earliest(longest, w->options->drain_ns);
}

/*
 * Count as stray what arrives although nothing is under way. With --exact the server is our own and the clock is not to
 * be used up.
 */
static bool count_surplus(struct worker *w)
{
	int64_t limit;

	if (w->outstanding || w->options->exact || w->protocol->datagrams || w->protocol->each_its_own)
		return true;
	for (uint32_t i = 0; i < w->connection_count; i++)
		connection_acknowledge(&w->connections[i]);
	limit = clock_now() + surplus_time(w);
	gap_sleeps(&w->gap, limit);
	while (clock_now() < limit)
		if (!handle(w, &timing_sleep, limit))
			return false;
	return true;
}

bool loop_run(struct worker *w, int64_t begin)
{
	/* A sleeping thread is otherwise woken up to 50 us late, to save the machine's power. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (!start(w, begin))
		return false;
	for (;;) {
		int64_t until, deadline;

		w->now = clock_now();
		gap_runs(&w->gap, w->now);
		check_stop(w);
		if (!send_due(w) || !do_periodic_work(w))
			return false;
		deadline = w->end + w->options->drain_ns;
		if (w->now >= w->end && (w->outstanding == 0 || w->now >= deadline)) {
			if (w->options->exact)
				mark_end();
			if (w->results.exact.began)
				exact_end(&w->results.exact, w->index == 0);
			for (uint32_t i = 0; i < w->connection_count; i++)
				exchange_unfinished(&w->connections[i], w, w->now);
			if (!count_surplus(w))
				return false;
			break;
		}
		until = earliest(w->now < w->end ? earliest(w->next_intended, w->end) : deadline, w->next_look);
		/* Moved on in steps, so that the timer is not set for each wait. Who counts wants no wake-up more. */
		if (w->closed_loop && !w->options->exact) {
			if (w->now >= w->next_wake)
				w->next_wake = w->now + GAP_HIDDEN_NS;
			until = earliest(until, w->next_wake);
		}
		if (w->options->timing == &timing_sleep)
			gap_sleeps(&w->gap, until);
		if (!answer_or_time(w, until))
			return false;
	}
	if (w->results.exact.full)
		return worker_give_up(w, "more answers came than --exact has room for (%" PRIu32 ")",
				      w->results.exact.room);
	return !results_finish(&w->results) || give_up_memory(w);
}
