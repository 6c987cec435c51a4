#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../base/address.h"
#include "../base/clock.h"
#include "../base/cpu.h"
#include "connection.h"
#include "datagram.h"
#include "exchange.h"
#include "http.h"
#include "sink.h"

#define EVENTS 64
/* As many as a load may open at once; the kernel takes no more than net.core.somaxconn. */
#define BACKLOG 16384

static int fail(struct worker *w, const char *what, int port)
{
	if (port)
		snprintf(w->failure, sizeof(w->failure), "cannot %s %s port %d: %s", what, w->options->bind, port,
			 strerror(errno));
	else
		snprintf(w->failure, sizeof(w->failure), "cannot %s: %s", what, strerror(errno));
	return -1;
}

static void stop(struct worker *w, struct watched *self, uint32_t events)
{
	(void)self;
	(void)events;
	w->stopping = true;
}

/*
 * Threads share a port by SO_REUSEPORT, which would also let two programs share it unnoticed; so a single thread does
 * without, and several are preceded by a socket that does.
 */
static int open_socket(const struct options *o, const struct service *service, int type, bool shared)
{
	struct sockaddr_storage address = o->address;
	int one = 1, fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	address_set_port(&address, service->port);
	if ((type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))) ||
	    (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one))) ||
	    (type == SOCK_STREAM && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))) ||
	    bind(fd, (struct sockaddr *)&address, o->address_length)) {
		int kept = errno;

		close(fd);
		errno = kept;
		return -1;
	}
	return fd;
}

/* What a connection of each service reads and writes; none of udp. */
static const struct stream *const streams[SERVICE_KINDS] = {
	[SERVICE_HTTP] = &http_stream,
	[SERVICE_TCP] = &exchange_stream,
	[SERVICE_SINK] = &exchange_sink,
};

static int endpoint_open(struct worker *w, struct endpoint *e, const struct service *service, int type)
{
	const struct options *o = w->options;
	bool shared = o->cpu_count > 1;

	e->service = service;
	e->fd = -1;
	if (shared && w->index == 0) {
		int probe = open_socket(o, service, type, false);

		if (probe < 0)
			return fail(w, "serve on", service->port);
		close(probe);
	}
	e->fd = open_socket(o, service, type, shared);
	if (e->fd < 0)
		return fail(w, "serve on", service->port);
	if (type == SOCK_STREAM) {
		e->watched.ready = connection_accept;
		e->stream = streams[service->kind];
		return 0;
	}
	e->watched.ready = service->kind == SERVICE_SINK ? sink_ready : datagram_ready;
	if (service->kind == SERVICE_SINK) {
		e->sink = sink_new(e->fd);
		if (!e->sink)
			return fail(w, "prepare", 0);
	}
	return worker_watch(w, e->fd, &e->watched, EPOLLIN) ? fail(w, "watch a socket", 0) : 0;
}

int loop_init(struct worker *w, const struct options *o, int index, int stop_fd)
{
	*w = (struct worker){.options = o, .index = index, .epoll = -1, .spare = -1, .stopper.ready = stop};
	w->endpoints = calloc(2 * (size_t)o->service_count, sizeof(*w->endpoints));
	w->buffer = malloc(WORKER_BUFFER);
	w->datagrams = datagrams_new();
	if (!w->endpoints || !w->buffer || !w->datagrams)
		return fail(w, "prepare", 0);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (w->epoll < 0 || w->spare < 0 || worker_watch(w, stop_fd, &w->stopper, EPOLLIN))
		return fail(w, "prepare", 0);
	for (int i = 0; i < o->service_count; i++) {
		const struct service *service = &o->services[i];
		bool datagrams = service->kind == SERVICE_UDP || service->kind == SERVICE_SINK;
		bool streams = service->kind != SERVICE_UDP;

		if (datagrams && endpoint_open(w, &w->endpoints[w->endpoint_count++], service, SOCK_DGRAM))
			return -1;
		if (streams && endpoint_open(w, &w->endpoints[w->endpoint_count++], service, SOCK_STREAM))
			return -1;
	}
	return 0;
}

int loop_listen(struct worker *w)
{
	for (int i = 0; i < w->endpoint_count; i++) {
		struct endpoint *e = &w->endpoints[i];

		if (e->watched.ready != connection_accept)
			continue;
		if (listen(e->fd, BACKLOG))
			return fail(w, "listen on", e->service->port);
		if (worker_watch(w, e->fd, &e->watched, EPOLLIN))
			return fail(w, "watch a socket", 0);
	}
	return 0;
}

static bool pin(struct worker *w)
{
	int cpu = w->options->cpus[w->index];

	if (cpu_pin(cpu) == 0)
		return true;
	snprintf(w->failure, sizeof(w->failure), "cannot run on CPU %d: %s", cpu, strerror(errno));
	return false;
}

bool loop_run(struct worker *w)
{
	struct epoll_event events[EVENTS];

	if (w->options->cpu_count && !pin(w))
		return false;
	while (!w->stopping) {
		bool poll = w->again || (w->polls_until && clock_now() < w->polls_until);
		int count = epoll_wait(w->epoll, events, EVENTS, poll ? 0 : -1);

		if (count < 0 && errno != EINTR) {
			fail(w, "wait for events", 0);
			return false;
		}
		for (int i = 0; i < count; i++) {
			struct watched *watched = events[i].data.ptr;

			watched->ready(w, watched, events[i].events);
		}
		connection_turns(w);
	}
	for (int i = 0; i < w->endpoint_count; i++)
		if (w->endpoints[i].watched.ready != connection_accept)
			datagram_finish(w, &w->endpoints[i]);
	return true;
}

void loop_free(struct worker *w)
{
	for (struct connection *c = w->again, *next; c; c = next) {
		next = c->next_again;
		if (c->dead)
			free(c);
	}
	for (struct connection *c = w->connections, *next; c; c = next) {
		next = c->next;
		close(c->fd);
		free(c->held);
		free(c);
	}
	for (int i = 0; i < w->endpoint_count; i++) {
		struct endpoint *e = &w->endpoints[i];

		if (e->fd >= 0)
			close(e->fd);
		free(e->sink);
	}
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->spare >= 0)
		close(w->spare);
	free(w->endpoints);
	free(w->buffer);
	free(w->datagrams);
}
