#include "events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../base/clock.h"
#include "datagram.h"
#include "exchange.h"
#include "protocol.h"
#include "worker.h"

#define AT_ITS_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

/* The intended time of the request that a connection was opened for, so that both are recorded or neither is. */
static int64_t get_first_intended(const struct connection *c)
{
	return c->waiting.count && queue_at(&c->waiting, 0) >= 0 ? queue_at(&c->waiting, 0) : c->since_ns;
}

static int finish_opening(struct connection *c, struct worker *w)
{
	int error = 0;
	socklen_t length = sizeof(error);

	connection_count_syns(c, w);
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	/* Bytes are numbered from where an open connection is. */
	if (!error && w->options->timestamps && stamps_enable(&c->stamps, c->fd))
		error = errno;
	if (error) {
		w->results.connect_errno = error;
		w->failed_opens++;
		connection_close(c, w);
		exchange_fail_to_open(c, w);
		return w->closed_loop ? 0 : exchange_go_on(c, w);
	}
	connection_set_open(c, w);
	if (w->protocol->each_its_own || !w->started)
		worker_record(w, RESULT_CONNECT, get_first_intended(c), clock_now() - c->since_ns);
	return exchange_go_on(c, w);
}

int events_handle(struct connection *c, struct worker *w, uint32_t events)
{
	if (c->state == CONNECTION_OPENING) {
		if (finish_opening(c, w))
			return -1;
	} else if (events & EPOLLOUT && c->wants_write) {
		if (exchange_write(c, w))
			return -1;
	}
	/* It may have failed meanwhile, and be opening again; then these events are another's. */
	if ((c->state != CONNECTION_OPEN && c->state != CONNECTION_ENDING) || !(events & (EPOLLIN | AT_ITS_END)))
		return 0;
	return w->protocol->transport->receive(c, w, (events & AT_ITS_END) != 0);
}

static bool is_overdue(const struct connection *c, int64_t limit)
{
	return c->under_way_count && c->under_way[c->under_way_first].sent < limit;
}

int events_check_timeouts(struct connection *c, struct worker *w, int64_t now)
{
	int64_t limit = now - w->options->timeout_ns;

	if (w->protocol->datagrams) {
		if (c->state == CONNECTION_OPEN && !datagram_give_up(c, w, limit))
			return 0;
		return exchange_go_on(c, w);
	}
	if (is_overdue(c, limit))
		return exchange_abort(c, w, ERROR_TIMEOUT);
	if (c->state == CONNECTION_OPENING && c->since_ns < limit) {
		w->results.connect_errno = ETIMEDOUT;
		connection_count_syns(c, w);
		connection_close(c, w);
		exchange_fail_to_open(c, w);
	} else if (c->state == CONNECTION_ENDING && c->since_ns < limit) {
		/* Its request was answered and counted; only the place was not free. */
		connection_cut(c, w);
	} else if (c->state != CONNECTION_CLOSED) {
		return 0;
	}
	return exchange_go_on(c, w);
}
