/*
 * A thread: one epoll, its own socket of every service, its connections. Threads share nothing while they run. Its
 * event loop is in loop.h.
 *
 * Everything that epoll watches begins with a `struct watched`, which names the function to call on an event.
 * Connections are watched for edges; one that has more to read than its turn allows stands in line with
 * `worker_again()`.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "service.h"

#define WORKER_BUFFER 65536
#define WORKER_ALIGNMENT 128

struct worker;
struct connection;
struct stream;

struct watched {
	void (*ready)(struct worker *w, struct watched *self, uint32_t events);
};

/* A thread's socket of a service: a listener, or a datagram socket. */
struct endpoint {
	struct watched watched;
	const struct service *service;
	const struct stream *stream; /* of a listener: what its connections read and write */
	int fd;
	struct counters counters;
	struct sink *sink; /* of a UDP sink, else NULL */
};

struct worker {
	_Alignas(WORKER_ALIGNMENT) const struct options *options;
	pthread_t thread;
	int index;
	int epoll;
	int spare; /* a file kept open, so that a connection which is one too many can be taken and closed */
	struct endpoint *endpoints;
	int endpoint_count;
	struct connection *connections; /* all of them, to be freed */
	struct connection *again;       /* those whose turn was cut */
	struct datagrams *datagrams;    /* room for a batch, shared by the datagram sockets of the thread */
	char *buffer;                   /* WORKER_BUFFER bytes to read into */
	struct watched stopper;
	int64_t polls_until; /* of the monotonic clock: packets came a moment ago, and the next would have to wake a sleeper */
	bool stopping;
	char failure[200];
};

/* Watch `fd`; 0, or -1 and errno. */
int worker_watch(struct worker *w, int fd, struct watched *watched, uint32_t events);
