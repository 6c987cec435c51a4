#include "exchange.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "../base/clock.h"
#include "protocol.h"
#include "worker.h"

void exchange_count_error(struct worker *w, enum error_kind kind, int64_t intended)
{
	if (worker_records(w, intended))
		w->results.counters.errors[kind]++;
}

void exchange_time_out(struct worker *w, const struct request *request)
{
	exchange_count_error(w, ERROR_TIMEOUT, request->intended);
	worker_lost(w, request->intended, request->sent, clock_now());
}

struct request exchange_take(struct connection *c, struct worker *w)
{
	struct request request = c->under_way[c->under_way_first];

	if (++c->under_way_first == (uint32_t)w->options->pipeline)
		c->under_way_first = 0;
	c->under_way_count--;
	w->outstanding--;
	return request;
}

static int send_one(struct connection *c, struct worker *w)
{
	int64_t intended = queue_take(&c->waiting);
	/* A request with its own connection is sent when the connection is opened. */
	int64_t now = w->protocol->each_its_own ? c->since_ns : clock_now();

	worker_postpone(w, now);
	if (intended < 0) {
		intended = now;
		w->results.counters.requests += worker_records(w, now);
	}
	worker_mark(w, intended);
	if (c->under_way_count == 0)
		connection_end_doubt(c, w, now);
	return w->protocol->transport->send(c, w, intended, now);
}

/*
 * In a closed loop, as many requests as the pipeline takes; a connection that cannot be opened is not retried at once.
 */
static int fill(struct connection *c, struct worker *w)
{
	while (w->now < w->end && c->under_way_count + c->waiting.count < (uint32_t)w->options->pipeline) {
		w->outstanding++;
		if (queue_put(&c->waiting, -1))
			return -1;
	}
	return 0;
}

/* Whether something has come that cannot be the answer to a request which is yet to be sent. */
static bool surplus_came(struct connection *c)
{
	int waiting;

	if (c->looks == 0 || c->under_way_count)
		return false;
	c->looks--;
	return ioctl(c->fd, SIOCINQ, &waiting) == 0 && waiting > 0;
}

static void count_not_opened(struct worker *w, int64_t intended)
{
	exchange_count_error(w, ERROR_CONNECT, intended);
	if (w->results.connect_errno == ETIMEDOUT)
		worker_lost(w, intended, 0, clock_now());
}

void exchange_fail_to_open(struct connection *c, struct worker *w)
{
	/* The request that has waited longest has failed. In a closed loop the others do not exist yet. */
	while (c->waiting.count) {
		int64_t intended = queue_take(&c->waiting);

		w->outstanding--;
		if (intended >= 0) {
			count_not_opened(w, intended);
			return;
		}
		if (c->waiting.count == 0) {
			w->results.counters.requests += worker_records(w, c->since_ns);
			count_not_opened(w, c->since_ns);
		}
	}
}

int exchange_abort(struct connection *c, struct worker *w, enum error_kind kind)
{
	w->protocol->transport->fail(c, w, kind);
	if (w->protocol->datagrams)
		connection_close(c, w);
	else
		connection_cut(c, w);
	/* A closed loop whose datagrams are refused at once would retry at once, forever. */
	return w->protocol->datagrams && w->closed_loop ? 0 : exchange_go_on(c, w);
}

int exchange_go_on(struct connection *c, struct worker *w)
{
	uint32_t most = (uint32_t)w->options->pipeline;

	/* A request of 1 MiB is sent in parts, and this is called after each: the count begins where a request does. */
	if (c->under_way_count + c->waiting.count < most)
		worker_count_from(w);
	if (w->closed_loop && w->started && c->state != CONNECTION_ENDING && fill(c, w))
		return -1;
	while (c->state == CONNECTION_CLOSED && c->waiting.count) {
		w->results.counters.reopened += !w->protocol->each_its_own && !w->protocol->datagrams;
		if (connection_open(c, w) == 0)
			break;
		exchange_fail_to_open(c, w);
	}
	while (c->state == CONNECTION_OPEN && !c->wants_write && c->waiting.count && c->under_way_count < most) {
		if (surplus_came(c)) {
			connection_show_surplus(c, w);
			return exchange_stray(c, w) == OUT_OF_MEMORY ? -1 : 0;
		}
		if (send_one(c, w) < 0)
			return exchange_abort(c, w, w->protocol->datagrams ? ERROR_CONNECT : ERROR_CLOSED);
	}
	return 0;
}

int exchange_request(struct connection *c, struct worker *w, int64_t intended)
{
	w->outstanding++;
	w->results.counters.requests += worker_records(w, intended);
	return queue_put(&c->waiting, intended) ? -1 : exchange_go_on(c, w);
}

int exchange_write(struct connection *c, struct worker *w)
{
	int done = w->protocol->transport->write(c, w);

	if (done < 0)
		return exchange_abort(c, w, w->protocol->datagrams ? ERROR_CONNECT : ERROR_CLOSED);
	return done ? exchange_go_on(c, w) : 0;
}

enum outcome exchange_fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	return exchange_abort(c, w, kind) ? OUT_OF_MEMORY : IS_GONE;
}

enum outcome exchange_stray(struct connection *c, struct worker *w)
{
	connection_count_surplus(c, w);
	return exchange_fail(c, w, ERROR_GARBAGE);
}

int64_t exchange_record_wire(struct connection *c, struct worker *w, int64_t intended)
{
	int64_t wire = stamps_wire(&c->stamps, c->fd);

	if (wire >= 0)
		worker_record(w, RESULT_WIRE, intended, wire);
	else
		w->results.counters.unstamped += worker_records(w, intended);
	return wire;
}

static void complete(struct connection *c, struct worker *w, const struct request *request, int64_t now)
{
	int64_t wire = -1;

	worker_complete(w, request->intended, request->sent, now);
	if (w->options->timestamps)
		wire = exchange_record_wire(c, w, request->intended);
	if (!worker_records(w, request->intended))
		return;
	c->in_doubt++;
	if (w->ledger.room == 0)
		return;
	ledger_note(&w->ledger, &(struct noted){.connection = (uint32_t)(c - w->connections),
						.second = w->results.second,
						.intended = request->intended,
						.sent = request->sent,
						.answered = now,
						.wire = wire});
}

/*
 * Whether an answer came before the server had its request. A server that answers twice is otherwise believed: its
 * second answer comes when the next request has been sent. Each segment of the server acknowledges what it had
 * received, so of a request that is answered nothing can be unacknowledged. The kernel is asked only when an answer
 * came sooner than any before it on this connection, as a surplus one does; a good connection pays for that a few times
 * in all, one for a single request once. Who counts has a server of our own.
 */
static bool came_before_request(struct connection *c, const struct worker *w, const struct request *request,
				int64_t now)
{
	size_t later;
	int unacknowledged;

	if (now - request->sent >= c->soonest_ns)
		return false;
	c->soonest_ns = now - request->sent;
	if (w->protocol->datagrams || (w->protocol->each_its_own && w->options->exact) ||
	    ioctl(c->fd, SIOCOUTQ, &unacknowledged))
		return false;
	/* What was written of the requests after it. */
	later = c->under_way_count * w->request_length;
	if (c->wants_write)
		later -= w->request_length - c->written;
	return (size_t)unacknowledged > later;
}

enum outcome exchange_complete(struct connection *c, struct worker *w, enum error_kind wrong, bool closes, bool more)
{
	int64_t now = w->now = clock_now();
	struct request request;

	gap_runs(&w->gap, now);
	if (c->under_way_count == 0)
		return exchange_stray(c, w);
	request = exchange_take(c, w);
	if (came_before_request(c, w, &request, now)) {
		exchange_count_error(w, ERROR_GARBAGE, request.intended);
		return exchange_stray(c, w) == OUT_OF_MEMORY ? OUT_OF_MEMORY : WAS_STRAY;
	}
	c->last_two_ns[1] = c->last_two_ns[0];
	c->last_two_ns[0] = now - (c->sent_before ? c->sent_before : request.sent);
	c->sent_before = request.sent;
	if (wrong == NO_ERROR)
		complete(c, w, &request, now);
	else
		exchange_count_error(w, wrong, request.intended);
	if (w->protocol->each_its_own && closes) {
		/* The server closes first, so that the port that waits for stray packets (TIME_WAIT) is its own. */
		c->state = CONNECTION_ENDING;
		c->since_ns = now;
		return GOES_ON;
	}
	if (w->protocol->each_its_own) {
		if (more || (!w->options->exact && connection_show_surplus(c, w)))
			return exchange_stray(c, w);
		connection_cut(c, w);
	} else if (closes) {
		if (c->under_way_count)
			return exchange_fail(c, w, ERROR_CLOSED);
		connection_close(c, w);
	} else if (more) {
		return GOES_ON;
	}
	if (exchange_go_on(c, w))
		return OUT_OF_MEMORY;
	return c->state == CONNECTION_OPEN ? GOES_ON : IS_GONE;
}

static void count_unfinished(struct worker *w, int64_t intended, int64_t sent, int64_t now)
{
	w->results.counters.unfinished += worker_records(w, intended);
	worker_lost(w, intended, sent, now);
}

void exchange_unfinished(const struct connection *c, struct worker *w, int64_t now)
{
	uint32_t pipeline = (uint32_t)w->options->pipeline;

	for (uint32_t i = 0; w->protocol->datagrams && c->under_way_count && i < pipeline; i++)
		if (c->under_way[i].number)
			count_unfinished(w, c->under_way[i].intended, c->under_way[i].sent, now);
	for (uint32_t i = 0; !w->protocol->datagrams && i < c->under_way_count; i++) {
		const struct request *request = &c->under_way[(c->under_way_first + i) % pipeline];

		count_unfinished(w, request->intended, request->sent, now);
	}
	for (uint32_t i = 0; i < c->waiting.count; i++)
		count_unfinished(w, queue_at(&c->waiting, i), 0, now);
}
