#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "worker.h"

/*
 * Edge-triggered and asked for once: nothing is to be told again to the kernel while requests come and go. So whoever reads reads
 * until the socket is empty (a short read says so), and to the end when the kernel speaks of an end.
 */
#define WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define AT_ITS_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

/* What became of a connection while its bytes were used. */
enum outcome { GOES_ON, IS_GONE, OUT_OF_MEMORY = -1 };

int connection_init(struct connection *c, int pipeline)
{
	*c = (struct connection){.fd = -1};
	c->under_way = malloc((size_t)pipeline * sizeof(*c->under_way));
	return c->under_way ? 0 : -1;
}

void connection_free(struct connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	queue_free(&c->waiting);
	free(c->under_way);
	free(c->held);
}

static void count_tcp(struct connection *c, struct worker *w)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0) {
		w->results.counters.retransmissions += info.tcpi_total_retrans;
		w->results.counters.rtt_us_sum += info.tcpi_rtt;
		w->results.counters.rtt_count++;
	}
}

void connection_close(struct connection *c, struct worker *w)
{
	if (c->fd >= 0) {
		count_tcp(c, w);
		close(c->fd);
	}
	c->fd = -1;
	c->state = CONNECTION_CLOSED;
	c->wants_write = false;
	c->written = 0;
	c->held_length = 0;
	http_reset(&c->reader);
}

/* Close without a farewell, so that no port is kept waiting for stray packets (TIME_WAIT) on this side. */
static void cut(struct connection *c, struct worker *w)
{
	struct linger none = {.l_onoff = 1};

	/* If the kernel refuses, the port waits its minute: the load is no other. */
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	connection_close(c, w);
}

static void count_error(struct worker *w, enum error_kind kind, int64_t intended)
{
	if (worker_records(w, intended))
		w->results.counters.errors[kind]++;
}

static struct request take_under_way(struct connection *c, struct worker *w)
{
	struct request request = c->under_way[c->under_way_first];

	if (++c->under_way_first == (uint32_t)w->options->pipeline)
		c->under_way_first = 0;
	c->under_way_count--;
	w->outstanding--;
	return request;
}

/* Everything under way has failed; the connection is closed and, if it is needed, opened again. */
static int fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	while (c->under_way_count)
		count_error(w, kind, take_under_way(c, w).intended);
	connection_close(c, w);
	return connection_go_on(c, w);
}

/* No connection: the request that has waited longest has failed. In a closed loop the others do not exist yet. */
static void fail_to_open(struct connection *c, struct worker *w)
{
	while (c->waiting.count) {
		int64_t intended = queue_take(&c->waiting);

		w->outstanding--;
		if (intended >= 0) {
			count_error(w, ERROR_CONNECT, intended);
			return;
		}
		if (c->waiting.count == 0) {
			w->results.counters.requests += worker_records(w, c->since_ns);
			count_error(w, ERROR_CONNECT, c->since_ns);
		}
	}
}

int connection_open(struct connection *c, struct worker *w)
{
	const struct options *o = w->options;
	struct epoll_event event = {.events = WATCHED, .data.ptr = c};
	int one = 1;

	c->since_ns = clock_now();
	c->fd = socket(o->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		goto failed;
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		goto failed;
	if (o->congestion && setsockopt(c->fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
		goto failed;
	if (connect(c->fd, (const struct sockaddr *)&o->address, o->address_length) && errno != EINPROGRESS)
		goto failed;
	if (epoll_ctl(w->waiter.epoll, EPOLL_CTL_ADD, c->fd, &event))
		goto failed;
	c->state = CONNECTION_OPENING;
	return 0;
failed:
	w->results.connect_errno = errno;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	return -1;
}

/* Write the request, or what is left of it. 1: written, 0: the socket is full, -1: the connection has failed. */
static int put(struct connection *c, struct worker *w)
{
	ssize_t n = send(c->fd, w->request + c->written, w->request_length - c->written, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		return -1;
	if (n > 0) {
		c->written += (size_t)n;
		w->results.counters.bytes_out += (uint64_t)n;
	}
	c->wants_write = c->written < w->request_length;
	if (c->wants_write)
		return 0;
	c->written = 0;
	return 1;
}

static int send_one(struct connection *c, struct worker *w)
{
	int64_t intended = queue_take(&c->waiting);
	uint32_t place = c->under_way_first + c->under_way_count;
	/* What has a connection of its own is sent when the connection is asked for. */
	int64_t now = w->protocol->each_its_own ? c->since_ns : clock_now();

	if (place >= (uint32_t)w->options->pipeline)
		place -= (uint32_t)w->options->pipeline;
	if (intended < 0) {
		intended = now;
		w->results.counters.requests += worker_records(w, now);
	}
	c->under_way[place] = (struct request){intended, now};
	c->under_way_count++;
	return put(c, w);
}

/* In a closed loop, as many requests as the pipeline takes; a connection that cannot be opened is not asked again at once. */
static int fill(struct connection *c, struct worker *w)
{
	while (w->now < w->end && c->under_way_count + c->waiting.count < (uint32_t)w->options->pipeline) {
		w->outstanding++;
		if (queue_put(&c->waiting, -1))
			return -1;
	}
	return 0;
}

int connection_go_on(struct connection *c, struct worker *w)
{
	uint32_t most = (uint32_t)w->options->pipeline;

	if (w->closed_loop && w->started && c->state != CONNECTION_ENDING && fill(c, w))
		return -1;
	/* Where it cannot even begin to connect, requests fail one by one, so that nothing waits for ever. */
	while (c->state == CONNECTION_CLOSED && c->waiting.count && connection_open(c, w))
		fail_to_open(c, w);
	while (c->state == CONNECTION_OPEN && !c->wants_write && c->waiting.count && c->under_way_count < most)
		if (send_one(c, w) < 0)
			return fail(c, w, ERROR_CLOSED);
	return 0;
}

int connection_request(struct connection *c, struct worker *w, int64_t intended)
{
	w->outstanding++;
	w->results.counters.requests += worker_records(w, intended);
	return queue_put(&c->waiting, intended) ? -1 : connection_go_on(c, w);
}

/* The intended time of the request that a connection was opened for, so that both are recorded or neither is. */
static int64_t opened_for(const struct connection *c)
{
	return c->waiting.count && queue_at(&c->waiting, 0) >= 0 ? queue_at(&c->waiting, 0) : c->since_ns;
}

static int opened(struct connection *c, struct worker *w)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	if (error) {
		w->results.connect_errno = error;
		w->failed_opens++;
		connection_close(c, w);
		fail_to_open(c, w);
		return w->closed_loop ? 0 : connection_go_on(c, w);
	}
	c->state = CONNECTION_OPEN;
	w->open += !c->ever_open;
	c->ever_open = true;
	if (w->protocol->each_its_own || !w->started)
		worker_record(w, RESULT_CONNECT, opened_for(c), clock_now() - c->since_ns);
	return connection_go_on(c, w);
}

/* One response is complete. */
static enum outcome completed(struct connection *c, struct worker *w)
{
	int64_t now = w->now = clock_now();
	struct request request;

	if (c->under_way_count == 0)
		return fail(c, w, ERROR_GARBAGE) ? OUT_OF_MEMORY : IS_GONE;
	request = take_under_way(c, w);
	if (c->reader.status != 200)
		count_error(w, ERROR_STATUS, request.intended);
	else if (w->options->expect_bytes >= 0 && c->reader.length != (uint64_t)w->options->expect_bytes)
		count_error(w, ERROR_LENGTH, request.intended);
	else
		worker_complete(w, request.intended, request.sent, now);
	if (w->protocol->each_its_own && c->reader.closes) {
		/* The server closes first, so that the port that waits for stray packets (TIME_WAIT) is its own. */
		c->state = CONNECTION_ENDING;
		c->since_ns = now;
		return GOES_ON;
	}
	if (w->protocol->each_its_own) {
		cut(c, w);
	} else if (c->reader.closes) {
		if (c->under_way_count)
			return fail(c, w, ERROR_CLOSED) ? OUT_OF_MEMORY : IS_GONE;
		connection_close(c, w);
	}
	if (connection_go_on(c, w))
		return OUT_OF_MEMORY;
	return c->state == CONNECTION_OPEN ? GOES_ON : IS_GONE;
}

static enum outcome consume(struct connection *c, struct worker *w, const char *bytes, size_t length)
{
	while (length) {
		size_t used;
		/* Nothing may come after the answer of a connection for one request. */
		enum http_result result = c->state == CONNECTION_ENDING ? HTTP_GARBAGE
					: w->protocol->read(&c->reader, bytes, length, &used);
		enum outcome outcome;

		if (result == HTTP_GARBAGE)
			return fail(c, w, ERROR_GARBAGE) ? OUT_OF_MEMORY : IS_GONE;
		bytes += used;
		length -= used;
		if (result == HTTP_COMPLETE) {
			outcome = completed(c, w);
			if (outcome != GOES_ON)
				return outcome;
		} else if (used == 0) {
			break;
		}
	}
	if (length) {
		if (!c->held && !(c->held = malloc(HTTP_LARGEST_HEADER)))
			return OUT_OF_MEMORY;
		memcpy(c->held, bytes, length);
	}
	c->held_length = length;
	return GOES_ON;
}

static int ended(struct connection *c, struct worker *w)
{
	if (c->state != CONNECTION_ENDING)
		return fail(c, w, ERROR_CLOSED);
	connection_close(c, w);
	return connection_go_on(c, w);
}

static int receive(struct connection *c, struct worker *w, bool to_the_end)
{
	for (;;) {
		size_t had = c->held_length;
		enum outcome outcome;
		ssize_t n;

		if (had)
			memcpy(w->buffer, c->held, had);
		n = recv(c->fd, w->buffer + had, WORKER_BUFFER - had, 0);
		if (n < 0)
			return errno == EAGAIN ? 0 : ended(c, w);
		if (n == 0)
			return ended(c, w);
		w->results.counters.bytes_in += (uint64_t)n;
		outcome = consume(c, w, w->buffer, had + (size_t)n);
		if (outcome != GOES_ON)
			return outcome == OUT_OF_MEMORY ? -1 : 0;
		if (had + (size_t)n < WORKER_BUFFER && !to_the_end)
			return 0;
	}
}

int connection_event(struct connection *c, struct worker *w, uint32_t events)
{
	if (c->state == CONNECTION_OPENING) {
		if (opened(c, w))
			return -1;
	} else if (events & EPOLLOUT && c->wants_write) {
		int done = put(c, w);

		if (done < 0)
			return fail(c, w, ERROR_CLOSED);
		if (done > 0 && connection_go_on(c, w))
			return -1;
	}
	/* It may have failed meanwhile, and be opening again; then these events are another's. */
	if ((c->state != CONNECTION_OPEN && c->state != CONNECTION_ENDING) || !(events & (EPOLLIN | AT_ITS_END)))
		return 0;
	return receive(c, w, (events & AT_ITS_END) != 0);
}

int connection_look(struct connection *c, struct worker *w, int64_t now)
{
	int64_t limit = now - w->options->timeout_ns;

	if (c->under_way_count && c->under_way[c->under_way_first].sent < limit)
		return fail(c, w, ERROR_TIMEOUT);
	if (c->state == CONNECTION_OPENING && c->since_ns < limit) {
		w->results.connect_errno = ETIMEDOUT;
		connection_close(c, w);
		fail_to_open(c, w);
	} else if (c->state == CONNECTION_ENDING && c->since_ns < limit) {
		/* Its request was answered and counted; only the place was not free. */
		cut(c, w);
	} else if (c->state != CONNECTION_CLOSED) {
		return 0;
	}
	return connection_go_on(c, w);
}

uint64_t connection_unfinished(const struct connection *c, const struct worker *w)
{
	uint32_t pipeline = (uint32_t)w->options->pipeline;
	uint64_t count = 0;

	for (uint32_t i = 0; i < c->under_way_count; i++)
		count += worker_records(w, c->under_way[(c->under_way_first + i) % pipeline].intended);
	for (uint32_t i = 0; i < c->waiting.count; i++)
		count += worker_records(w, queue_at(&c->waiting, i));
	return count;
}
