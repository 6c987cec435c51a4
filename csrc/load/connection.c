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

int connection_init(struct connection *c, int pipeline)
{
	*c = (struct connection){.fd = -1, .waiting_size = 16};
	c->waiting = malloc(c->waiting_size * sizeof(*c->waiting));
	c->under_way = malloc((size_t)pipeline * sizeof(*c->under_way));
	return c->waiting && c->under_way ? 0 : -1;
}

void connection_free(struct connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->waiting);
	free(c->under_way);
	free(c->held);
}

static int watch(struct connection *c, struct worker *w, int operation, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	return epoll_ctl(w->epoll, operation, c->fd, &event);
}

static void tell_tcp(struct connection *c, struct worker *w)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0) {
		w->results.retransmissions += info.tcpi_total_retrans;
		w->results.rtt_us_sum += info.tcpi_rtt;
		w->results.rtt_count++;
	}
}

static void shut(struct connection *c, struct worker *w)
{
	if (c->fd >= 0) {
		if (!w->protocol->each_its_own)
			tell_tcp(c, w);
		close(c->fd);
	}
	c->fd = -1;
	c->state = CONNECTION_CLOSED;
	c->wants_write = false;
	c->written = 0;
	c->held_length = 0;
	http_reset(&c->reader);
}

static void count_error(struct worker *w, enum error_kind kind, int64_t intended)
{
	if (worker_records(w, intended))
		w->results.errors[kind]++;
}

/* The request that has waited longest will never be sent. */
static void lose_waiting(struct connection *c, struct worker *w)
{
	int64_t intended = c->waiting[c->waiting_first];

	count_error(w, ERROR_CONNECT, intended < 0 ? c->opened_at : intended);
	c->waiting_first = (c->waiting_first + 1) & (c->waiting_size - 1);
	c->waiting_count--;
	w->outstanding--;
}

/* Everything under way has failed; the connection is closed and, if more waits, opened again. */
static int fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	uint32_t lost = c->under_way_count;

	while (c->under_way_count) {
		count_error(w, kind, c->under_way[c->under_way_first].intended);
		c->under_way_first = (c->under_way_first + 1) % (uint32_t)w->options->pipeline;
		c->under_way_count--;
	}
	w->outstanding -= lost;
	shut(c, w);
	return worker_freed(w, c, lost);
}

int connection_open(struct connection *c, struct worker *w)
{
	const struct options *o = w->options;
	int one = 1;

	c->fd = socket(o->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		goto failed;
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		goto failed;
	if (o->congestion && setsockopt(c->fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
		goto failed;
	c->opened_at = clock_now();
	if (connect(c->fd, (const struct sockaddr *)&o->address, o->address_length) && errno != EINPROGRESS)
		goto failed;
	c->state = CONNECTION_OPENING;
	if (watch(c, w, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT))
		goto failed;
	return 0;
failed:
	w->results.connect_errno = errno;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CONNECTION_CLOSED;
	return -1;
}

static int enqueue(struct connection *c, int64_t intended)
{
	if (c->waiting_count == c->waiting_size) {
		uint32_t size = c->waiting_size * 2;
		int64_t *larger = malloc(size * sizeof(*larger));

		if (!larger)
			return -1;
		for (uint32_t i = 0; i < c->waiting_count; i++)
			larger[i] = c->waiting[(c->waiting_first + i) & (c->waiting_size - 1)];
		free(c->waiting);
		c->waiting = larger;
		c->waiting_size = size;
		c->waiting_first = 0;
	}
	c->waiting[(c->waiting_first + c->waiting_count++) & (c->waiting_size - 1)] = intended;
	return 0;
}

/* Write the request, or what is left of it. 1: written, 0: the socket is full, -1: the connection has failed. */
static int put(struct connection *c, struct worker *w)
{
	ssize_t n = send(c->fd, w->request + c->written, w->request_length - c->written, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (n > 0) {
		c->written += (size_t)n;
		w->results.bytes_out += (uint64_t)n;
	}
	if (c->written < w->request_length) {
		if (!c->wants_write && watch(c, w, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT))
			return -1;
		c->wants_write = true;
		return 0;
	}
	c->written = 0;
	if (c->wants_write && watch(c, w, EPOLL_CTL_MOD, EPOLLIN))
		return -1;
	c->wants_write = false;
	return 1;
}

int connection_begin(struct connection *c, struct worker *w)
{
	/* What cannot even begin to connect has failed, one request at a time, so that nothing waits for ever. */
	while (c->waiting_count && connection_open(c, w))
		lose_waiting(c, w);
	return 0;
}

static int send_one(struct connection *c, struct worker *w, int64_t intended)
{
	uint32_t place = (c->under_way_first + c->under_way_count) % (uint32_t)w->options->pipeline;
	int64_t now = w->protocol->each_its_own ? c->opened_at : clock_now();

	c->under_way[place] = (struct request){intended < 0 ? now : intended, now};
	c->under_way_count++;
	return put(c, w);
}

int connection_pump(struct connection *c, struct worker *w)
{
	while (c->state == CONNECTION_OPEN && !c->wants_write && c->waiting_count &&
	       c->under_way_count < (uint32_t)w->options->pipeline) {
		int64_t intended = c->waiting[c->waiting_first];

		c->waiting_first = (c->waiting_first + 1) & (c->waiting_size - 1);
		c->waiting_count--;
		if (send_one(c, w, intended) < 0)
			return fail(c, w, ERROR_CLOSED);
	}
	return 0;
}

int connection_request(struct connection *c, struct worker *w, int64_t intended)
{
	w->outstanding++;
	if (enqueue(c, intended))
		return -1;
	return c->state == CONNECTION_CLOSED ? connection_begin(c, w) : connection_pump(c, w);
}

static int opened(struct connection *c, struct worker *w)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) || error) {
		w->results.connect_errno = error;
		w->failed_opens++;
		/* What waits first is what this connection was for; before the load, nothing waits. */
		shut(c, w);
		if (!c->waiting_count)
			return 0;
		lose_waiting(c, w);
		return worker_freed(w, c, 1);
	}
	c->state = CONNECTION_OPEN;
	if (!c->ever_open) {
		c->ever_open = true;
		w->open++;
	}
	if (w->protocol->each_its_own || !w->started)
		worker_record(w, RESULT_CONNECT, c->opened_at, clock_now() - c->opened_at);
	if (watch(c, w, EPOLL_CTL_MOD, EPOLLIN))
		return fail(c, w, ERROR_CLOSED);
	return connection_pump(c, w);
}

/* One response is complete. 0, -1 without memory, 1 when the connection has been closed on the way. */
static int completed(struct connection *c, struct worker *w)
{
	struct request *request = &c->under_way[c->under_way_first];
	enum error_kind wrong = ERROR_KINDS;
	int64_t now;

	if (c->under_way_count == 0)
		return fail(c, w, ERROR_GARBAGE) ? -1 : 1;
	now = clock_now();
	if (c->reader.status != 200)
		wrong = ERROR_STATUS;
	else if (w->options->expect_bytes >= 0 && c->reader.length != (uint64_t)w->options->expect_bytes)
		wrong = ERROR_LENGTH;
	if (wrong != ERROR_KINDS)
		count_error(w, wrong, request->intended);
	else
		worker_complete(w, request->intended, request->sent, now);
	c->under_way_first = (c->under_way_first + 1) % (uint32_t)w->options->pipeline;
	c->under_way_count--;
	w->outstanding--;
	if (w->protocol->each_its_own) {
		/* The server closes first, so that the port that waits for stray packets (TIME_WAIT) is its own. */
		c->state = CONNECTION_ENDING;
		return 0;
	}
	if (c->reader.closes) {
		if (c->under_way_count)
			return fail(c, w, ERROR_CLOSED) ? -1 : 1;
		shut(c, w);
		return worker_freed(w, c, 1) ? -1 : 1;
	}
	return worker_freed(w, c, 1);
}

/* Use up the bytes. As `completed`. */
static int consume(struct connection *c, struct worker *w, const char *bytes, size_t length)
{
	while (length) {
		size_t used;
		enum http_result result = w->protocol->read(&c->reader, bytes, length, &used);

		if (result == HTTP_GARBAGE)
			return fail(c, w, ERROR_GARBAGE) ? -1 : 1;
		bytes += used;
		length -= used;
		if (result == HTTP_COMPLETE) {
			int gone = completed(c, w);

			if (gone)
				return gone;
			if (c->state != CONNECTION_OPEN && c->state != CONNECTION_ENDING)
				return 1;
		} else if (used == 0) {
			break;
		}
	}
	if (length) {
		if (!c->held && !(c->held = malloc(HTTP_LARGEST_HEADER)))
			return -1;
		memmove(c->held, bytes, length);
	}
	c->held_length = length;
	return 0;
}

static int received(struct connection *c, struct worker *w)
{
	for (;;) {
		ssize_t n;
		int gone;

		if (c->held_length)
			memcpy(w->buffer, c->held, c->held_length);
		n = recv(c->fd, w->buffer + c->held_length, WORKER_BUFFER - c->held_length, 0);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : fail(c, w, ERROR_CLOSED);
		if (n == 0) {
			if (c->state == CONNECTION_ENDING) {
				shut(c, w);
				return worker_freed(w, c, 1);
			}
			return fail(c, w, ERROR_CLOSED);
		}
		w->results.bytes_in += (uint64_t)n;
		if (c->state == CONNECTION_ENDING)
			return fail(c, w, ERROR_GARBAGE);
		gone = consume(c, w, w->buffer, c->held_length + (size_t)n);
		if (gone)
			return gone < 0 ? -1 : 0;
		if (c->held_length + (size_t)n < WORKER_BUFFER)
			return 0; /* a short read: the socket is empty, or epoll will say so again */
	}
}

int connection_event(struct connection *c, struct worker *w, uint32_t events)
{
	if (c->state == CONNECTION_OPENING)
		return opened(c, w);
	if (events & EPOLLOUT && c->wants_write) {
		int done = put(c, w);

		if (done < 0)
			return fail(c, w, ERROR_CLOSED);
		if (done > 0 && connection_pump(c, w))
			return -1;
		if (c->fd < 0)
			return 0;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		return received(c, w);
	return 0;
}

int connection_expire(struct connection *c, struct worker *w, int64_t now)
{
	int64_t limit = now - w->options->timeout_ns;

	if (c->under_way_count && c->under_way[c->under_way_first].sent < limit)
		return fail(c, w, ERROR_TIMEOUT);
	if (c->state == CONNECTION_OPENING && c->waiting_count && c->opened_at < limit) {
		lose_waiting(c, w);
		shut(c, w);
		return worker_freed(w, c, 1);
	}
	return 0;
}

uint64_t connection_unfinished(const struct connection *c, const struct worker *w)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < c->under_way_count; i++)
		count += worker_records(w, c->under_way[(c->under_way_first + i) % (uint32_t)w->options->pipeline].intended);
	for (uint32_t i = 0; i < c->waiting_count; i++)
		count += worker_records(w, c->waiting[(c->waiting_first + i) & (c->waiting_size - 1)]);
	return count;
}

void connection_finish(struct connection *c, struct worker *w)
{
	shut(c, w);
}
