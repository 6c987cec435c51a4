/*
 * A thread: its epoll loop, connections, schedule and results. Threads share nothing while they run.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "protocol.h"
#include "results.h"
#include "schedule.h"

#define WORKER_BUFFER 65536

struct connection;

struct worker {
	const struct options *options;
	pthread_t thread;
	int index;
	int epoll;
	const struct protocol *protocol;
	bool started;
	struct connection *connections;
	uint32_t connection_count;
	uint32_t open;
	uint32_t failed_opens;
	uint32_t turn; /* the connection whose turn the next request is */
	uint64_t outstanding;
	struct schedule schedule;
	int64_t next_intended; /* absolute; INT64_MAX in a closed loop */
	int64_t begin;         /* of the warm-up */
	int64_t start;         /* of the recorded time */
	int64_t end;
	const char *request;
	size_t request_length;
	struct results results;
	char *buffer;
	const char *failure; /* why the thread gave up, or NULL */
	int failure_errno;
};

/* 0, or -1 without memory or descriptors. */
int worker_init(struct worker *w, const struct options *o, const struct protocol *protocol, int index, const char *request,
		size_t length);
void worker_free(struct worker *w);
/* Close the connections, with a last look at what TCP counted. */
void worker_finish(struct worker *w);
/* Open the permanent connections; false, with `failure` set, when they cannot all be opened. */
bool worker_connect(struct worker *w);
/* Run the load from `begin` (absolute) to its end. */
void worker_run(struct worker *w, int64_t begin);
uint64_t worker_unfinished(const struct worker *w);

static inline bool worker_records(const struct worker *w, int64_t intended)
{
	return intended >= w->start && intended < w->end;
}

void worker_record(struct worker *w, enum result_kind kind, int64_t when, int64_t value);
void worker_complete(struct worker *w, int64_t intended, int64_t sent, int64_t now);
/* The connection can take `slots` more: the next of a closed loop, or what waits. */
int worker_freed(struct worker *w, struct connection *c, uint32_t slots);
