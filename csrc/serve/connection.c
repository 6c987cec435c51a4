#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_ACCEPTED 64
#define MOST_DRAINED (1024 * 1024)

/* Give it another turn after the others. */
static void stand_in_line(struct worker *w, struct connection *c)
{
	if (c->in_line)
		return;
	c->in_line = true;
	c->next_again = w->again;
	w->again = c;
}

/* Without a file for it, a connection would wait in the listener's queue and wake the loop for ever. */
static void refuse_one(struct worker *w, struct endpoint *e)
{
	int fd;

	close(w->spare);
	fd = accept4(e->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		e->counters.refused++;
	}
	w->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void read_ready(struct worker *w, struct connection *c, bool ended)
{
	for (;;) {
		ssize_t got;

		if (c->blocked)
			return; /* until the peer takes what it is owed */
		got = recv(c->fd, w->buffer, WORKER_BUFFER, 0);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			connection_close(w, c);
			return;
		}
		c->endpoint->counters.bytes_in += (uint64_t)got;
		if (c->draining) {
			c->drained += (uint32_t)got;
			if (c->drained > MOST_DRAINED) {
				connection_close(w, c);
				return;
			}
		} else {
			c->endpoint->stream->read(w, c, w->buffer, (size_t)got);
		}
		if (c->dead)
			return;
		if (got == WORKER_BUFFER) {
			stand_in_line(w, c); /* after the others */
			return;
		}
		/*
		 * Less than there was room for: all has been read, and what comes later is a new edge. But for the end,
		 * seen already.
		 */
		if (!ended)
			return;
	}
}

static void connection_ready(struct worker *w, struct watched *self, uint32_t events)
{
	struct connection *c = (struct connection *)self;

	if (c->dead)
		return;
	if (c->blocked && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
		c->blocked = false;
		c->endpoint->stream->write(w, c);
		if (c->dead || c->blocked)
			return;
		/* Something may have come while nobody looked, and its edge is gone. */
		events |= EPOLLIN | EPOLLRDHUP;
	}
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		read_ready(w, c, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
}

static void connection_add(struct worker *w, struct endpoint *e, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		e->counters.refused++;
		return;
	}
	c->watched.ready = connection_ready;
	c->endpoint = e;
	c->fd = fd;
	if (worker_watch(w, fd, &c->watched, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)) {
		close(fd);
		free(c);
		e->counters.refused++;
		return;
	}
	c->next = w->connections;
	if (c->next)
		c->next->previous = c;
	w->connections = c;
	e->counters.connections++;
}

void connection_accept(struct worker *w, struct watched *self, uint32_t events)
{
	struct endpoint *e = (struct endpoint *)self;

	(void)events;
	for (int i = 0; i < MOST_ACCEPTED; i++) {
		int fd = accept4(e->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			connection_add(w, e, fd);
		} else if (errno == EMFILE || errno == ENFILE) {
			refuse_one(w, e);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return; /* none left, or one that failed before it was taken */
		}
	}
}

void connection_close(struct worker *w, struct connection *c)
{
	close(c->fd);
	free(c->held);
	c->held = NULL;
	if (c->previous)
		c->previous->next = c->next;
	else
		w->connections = c->next;
	if (c->next)
		c->next->previous = c->previous;
	c->dead = true;
	/* An event of this round may still name it, so it is freed when the round is over. */
	stand_in_line(w, c);
}

void connection_farewell(struct worker *w, struct connection *c)
{
	c->draining = true;
	if (shutdown(c->fd, SHUT_WR))
		connection_close(w, c);
}

void connection_turns(struct worker *w)
{
	struct connection *line = w->again;

	w->again = NULL;
	while (line) {
		struct connection *c = line;

		line = c->next_again;
		c->in_line = false;
		if (c->dead)
			free(c);
		else
			read_ready(w, c, true);
	}
}

static ssize_t send_message(struct connection *c, struct iovec *pieces, int count, int flags)
{
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};

	for (;;) {
		ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | flags);

		if (sent >= 0) {
			c->endpoint->counters.bytes_out += (uint64_t)sent;
			return sent;
		}
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

ssize_t connection_send(struct connection *c, const char *bytes, size_t length, bool more)
{
	struct iovec piece = {(void *)(uintptr_t)bytes, length};

	return send_message(c, &piece, 1, more ? MSG_MORE : 0);
}

ssize_t connection_send_all(struct connection *c, struct iovec *pieces, int count)
{
	return send_message(c, pieces, count, 0);
}
