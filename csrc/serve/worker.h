/*
 * A thread: one epoll, its own socket of every service, its connections. Threads share nothing while they run.
 *
 * Everything that epoll watches begins with a `struct watched`, which says what to do when something happened.
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

struct watched {
	void (*ready)(struct worker *w, struct watched *self, uint32_t events);
};

/* A thread's socket of a service: a listener, or a datagram socket. */
struct endpoint {
	struct watched watched;
	const struct service *service;
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

/* 0, or -1 with `failure` set. `stop` is an eventfd that ends the loop of every thread once it is written to. */
int worker_init(struct worker *w, const struct options *o, int index, int stop);
/*
 * Begin to listen on every stream socket: by then all sockets of the program have their addresses. 0, or -1 with
 * `failure` set.
 */
int worker_listen(struct worker *w);
/* Serve until told to stop; false, with `failure` set, when it cannot go on. */
bool worker_run(struct worker *w);
/* Take the last counts of the sockets, and close everything. */
void worker_free(struct worker *w);

/* 0, or -1 and errno. */
int worker_watch(struct worker *w, int fd, struct watched *watched, uint32_t events);
void worker_again(struct worker *w, struct connection *c);
