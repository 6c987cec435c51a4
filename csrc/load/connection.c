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
#include "protocol.h"
#include "worker.h"

/*
 * Edge-triggered and set once, so that no further system call is needed while requests come and go. Every read
 * therefore goes on until the socket is empty (a short read shows it), and to the end when the kernel reports an end.
 */
#define WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
/* A server that answers twice does so from the beginning; each look is a system call. */
#define LOOKS 8
/* Longer than a wake-up of the server's takes. */
#define SURPLUS_SHORTEST_NS INT64_C(5000000)
/* The kernel waits for a second before it sends a SYN again. */
#define SYN_AGAIN_NS INT64_C(900000000)

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

void connection_acknowledge(const struct connection *c)
{
	int one = 1;

	if (c->state == CONNECTION_OPEN)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

int64_t connection_surplus_time(const struct connection *c)
{
	return SURPLUS_SHORTEST_NS + (c->last_two_ns[0] > c->last_two_ns[1] ? c->last_two_ns[0] : c->last_two_ns[1]);
}

void connection_end_doubt(struct connection *c, const struct worker *w, int64_t now)
{
	if (now - c->sent_before > w->options->timeout_ns)
		c->in_doubt = 0;
}

void connection_withdraw_doubtful(struct connection *c, struct worker *w)
{
	c->in_doubt -= ledger_withdraw(&w->ledger, (uint32_t)(c - w->connections), c->in_doubt);
	w->results.counters.ambiguous += c->in_doubt;
	c->in_doubt = 0;
}

void connection_count_surplus(struct connection *c, struct worker *w)
{
	w->results.counters.stray++;
	connection_end_doubt(c, w, clock_now());
	connection_withdraw_doubtful(c, w);
}

bool connection_show_surplus(const struct connection *c, struct worker *w)
{
	char bytes[EXAMPLE_BYTES];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_PEEK);

	if (n > 0)
		example_bytes(&w->results.example, EXAMPLE_STRAY, bytes, (size_t)n);
	return n > 0;
}

void connection_leave(struct connection *c, struct worker *w)
{
	if (w->protocol->datagrams || c->state != CONNECTION_OPEN) {
		connection_close(c, w);
		return;
	}
	if (c->under_way_count == 0 && connection_show_surplus(c, w))
		connection_count_surplus(c, w);
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

void connection_set_open(struct connection *c, struct worker *w)
{
	c->state = CONNECTION_OPEN;
	c->soonest_ns = INT64_MAX;
	c->sent_before = c->last_two_ns[0] = c->last_two_ns[1] = 0;
	c->in_doubt = 0;
	c->looks = w->protocol->datagrams || w->protocol->each_its_own ? 0 : LOOKS;
	w->open += !c->ever_open;
	c->ever_open = true;
}

int connection_look_again(struct connection *c, const struct worker *w)
{
	struct epoll_event event = {.events = WATCHED, .data.ptr = c};

	return epoll_ctl(w->waiter.epoll, EPOLL_CTL_MOD, c->fd, &event);
}

int connection_open(struct connection *c, struct worker *w)
{
	const struct options *o = w->options;
	struct epoll_event event = {.events = WATCHED, .data.ptr = c};
	bool datagrams = w->protocol->datagrams;

	c->since_ns = clock_now();
	worker_postpone(w, c->since_ns);
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
		if (o->timestamps && stamps_enable(&c->stamps, c->fd))
			goto failed;
		w->protocol->transport->open(c, w);
		connection_set_open(c, w);
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
