#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "datagram.h"
#include "exchange.h"
#include "stamps.h"
#include "stream.h"
#include "worker.h"

/*
 * Edge-triggered and asked for once: nothing is to be told again to the kernel while requests come and go. So whoever
 * reads reads until the socket is empty (a short read says so), and to the end when the kernel speaks of an end.
 */
#define WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
/* A server that answers twice does so from the beginning; each look is a system call. */
#define LOOKS 8
/* The kernel waits for a second before it sends a SYN again. */
#define SYN_AGAIN_NS INT64_C(900000000)
#define AT_ITS_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

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

	if (!w->protocol->datagrams && getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0)
		counters_tcp(&w->results.counters, info.tcpi_total_retrans, info.tcpi_rtt);
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
	memset(&c->reader, 0, sizeof(c->reader));
}

void connection_cut(struct connection *c, struct worker *w)
{
	struct linger none = {.l_onoff = 1};

	/* If the kernel refuses, the port waits its minute: the load is no other. */
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	connection_close(c, w);
}

int connection_fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	if (w->protocol->datagrams)
		datagram_fail_all(c, w, kind);
	else
		while (c->under_way_count) {
			struct request request = exchange_take(c, w);

			if (kind == ERROR_TIMEOUT)
				exchange_time_out(w, &request);
			else
				exchange_count_error(w, kind, request.intended);
		}
	if (w->protocol->datagrams)
		connection_close(c, w);
	else
		connection_cut(c, w);
	/* Who is told at once that nobody is there would ask again at once, for ever. */
	return w->protocol->datagrams && w->closed_loop ? 0 : exchange_go_on(c, w);
}

static void count_not_opened(struct worker *w, int64_t intended)
{
	exchange_count_error(w, ERROR_CONNECT, intended);
	if (w->results.connect_errno == ETIMEDOUT)
		worker_lost(w, intended, 0, clock_now());
}

void connection_fail_to_open(struct connection *c, struct worker *w)
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

void connection_acknowledge(const struct connection *c)
{
	int one = 1;

	if (c->state == CONNECTION_OPEN)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

void connection_leave(struct connection *c, struct worker *w)
{
	char byte;

	if (w->protocol->datagrams || c->state != CONNECTION_OPEN) {
		connection_close(c, w);
		return;
	}
	if (c->under_way_count == 0 && recv(c->fd, &byte, sizeof(byte), MSG_DONTWAIT) > 0) {
		w->results.counters.stray++;
		example_bytes(&w->results.example, EXAMPLE_STRAY, &byte, sizeof(byte));
	}
	connection_cut(c, w);
}

static int set_up_stream(int fd, const struct options *o)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -1;
	return o->congestion
		       ? setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion))
		       : 0;
}

static void now_open(struct connection *c, struct worker *w)
{
	c->state = CONNECTION_OPEN;
	c->soonest_ns = INT64_MAX;
	c->looks = w->protocol->datagrams || w->protocol->each_its_own ? 0 : LOOKS;
	w->open += !c->ever_open;
	c->ever_open = true;
}

int connection_open(struct connection *c, struct worker *w)
{
	const struct options *o = w->options;
	struct epoll_event event = {.events = WATCHED, .data.ptr = c};
	bool datagrams = w->protocol->datagrams;

	c->since_ns = clock_now();
	c->fd = socket(o->address.ss_family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		goto failed;
	if (!datagrams && set_up_stream(c->fd, o))
		goto failed;
	if (connect(c->fd, (const struct sockaddr *)&o->address, o->address_length) && errno != EINPROGRESS)
		goto failed;
	if (epoll_ctl(w->waiter.epoll, EPOLL_CTL_ADD, c->fd, &event))
		goto failed;
	if (datagrams) {
		if (o->timestamps && stamps_enable(c))
			goto failed;
		datagram_open(c, w);
		now_open(c, w);
	} else {
		c->state = CONNECTION_OPENING;
	}
	return 0;
failed:
	w->results.connect_errno = errno;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	return -1;
}

void connection_count_syns(const struct connection *c, struct worker *w)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (c->state != CONNECTION_OPENING || clock_now() - c->since_ns < SYN_AGAIN_NS)
		return;
	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0)
		w->results.counters.syn_retransmissions += info.tcpi_total_retrans;
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

	connection_count_syns(c, w);
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	/* Bytes are numbered from where an open connection is. */
	if (!error && w->options->timestamps && stamps_enable(c))
		error = errno;
	if (error) {
		w->results.connect_errno = error;
		w->failed_opens++;
		connection_close(c, w);
		connection_fail_to_open(c, w);
		return w->closed_loop ? 0 : exchange_go_on(c, w);
	}
	now_open(c, w);
	if (w->protocol->each_its_own || !w->started)
		worker_record(w, RESULT_CONNECT, opened_for(c), clock_now() - c->since_ns);
	return exchange_go_on(c, w);
}

int connection_event(struct connection *c, struct worker *w, uint32_t events)
{
	if (c->state == CONNECTION_OPENING) {
		if (opened(c, w))
			return -1;
	} else if (events & EPOLLOUT && c->wants_write) {
		if (exchange_write(c, w))
			return -1;
	}
	/* It may have failed meanwhile, and be opening again; then these events are another's. */
	if ((c->state != CONNECTION_OPEN && c->state != CONNECTION_ENDING) || !(events & (EPOLLIN | AT_ITS_END)))
		return 0;
	return w->protocol->receive(c, w, (events & AT_ITS_END) != 0);
}

static bool is_overdue(const struct connection *c, int64_t limit)
{
	return c->under_way_count && c->under_way[c->under_way_first].sent < limit;
}

int connection_look(struct connection *c, struct worker *w, int64_t now)
{
	int64_t limit = now - w->options->timeout_ns;

	if (w->protocol->datagrams) {
		if (c->state == CONNECTION_OPEN && !datagram_give_up(c, w, limit))
			return 0;
		return exchange_go_on(c, w);
	}
	if (is_overdue(c, limit))
		return connection_fail(c, w, ERROR_TIMEOUT);
	if (c->state == CONNECTION_OPENING && c->since_ns < limit) {
		w->results.connect_errno = ETIMEDOUT;
		connection_count_syns(c, w);
		connection_close(c, w);
		connection_fail_to_open(c, w);
	} else if (c->state == CONNECTION_ENDING && c->since_ns < limit) {
		/* Its request was answered and counted; only the place was not free. */
		connection_cut(c, w);
	} else if (c->state != CONNECTION_CLOSED) {
		return 0;
	}
	return exchange_go_on(c, w);
}
