/*
 * A thread of the load: its connections, schedule and results, and how values are recorded. Threads share nothing while
 * they run. Its event loop is in loop.h.
 */
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gap.h"
#include "ledger.h"
#include "options.h"
#include "results.h"
#include "schedule.h"
#include "timing.h"

#define WORKER_BUFFER 65536
/* Who is so far behind will not catch up. */
#define WORKER_MOST_OUTSTANDING (UINT64_C(1) << 24)
/* Processors fetch lines of 64 bytes in pairs. */
#define WORKER_ALIGNMENT 128

struct connection;
struct protocol;

struct worker {
	alignas(WORKER_ALIGNMENT) const struct options *options;
	const struct protocol *protocol;
	char *request; /* each thread has its own: datagrams are numbered in it */
	size_t request_length;
	int index;
	bool closed_loop;
	bool started;
	bool counts_gaps; /* the recorded time has begun */
	bool marked; /* the first recorded request has been sent (marks.h) */
	struct waiter waiter;
	struct connection *connections;
	uint32_t connection_count;
	uint32_t open;
	uint32_t failed_opens;
	uint32_t turn; /* the connection whose turn the next request is */
	uint64_t outstanding;
	struct schedule schedule;
	struct gap gap;        /* of the recorded time and the drain */
	int64_t now;           /* when the loop last looked, or the last response was complete */
	int64_t next_intended; /* absolute; INT64_MAX in a closed loop */
	int64_t begin;         /* of the warm-up */
	int64_t start;         /* of the recorded time */
	int64_t end;
	int64_t next_second;
	int64_t next_look;
	int64_t next_wake; /* of a closed loop: how long it may sleep without a look at the clock */
	int64_t look_every_ns; /* each connection */
	uint32_t looked_at; /* the connection to look at next */
	uint32_t direct_reads;    /* how often the only socket was read without asking epoll */
	char *buffer;
	char failure[240]; /* why the thread gave up, or empty */
	bool failed_to_connect;
	struct ledger ledger;
	struct results results;
};

static inline bool worker_records(const struct worker *w, int64_t intended)
{
	return intended >= w->start && intended < w->end;
}

/* A value of something that began at `when`. */
void worker_record(struct worker *w, enum result_kind kind, int64_t when, int64_t value);
/* A request is about to be sent: the first recorded one of an exact load sets a mark. */
void worker_mark(struct worker *w, int64_t intended);
/*
 * Begin the window of a closed loop that keeps exact values, if its recorded time has begun; nothing may have been sent
 * in it yet.
 */
void worker_count_from(struct worker *w);
/*
 * The clock may pass the start between that look and a request, which is sent at `when`: the window then begins behind it.
 */
void worker_postpone(struct worker *w, int64_t when);
/*
 * A request got no answer until `now`, and is not waited for any longer. Its latency is at least what it has waited, so
 * that is what is recorded: left out, it would make every quantile smaller. `sent` is 0 if it never was.
 */
void worker_lost(struct worker *w, int64_t intended, int64_t sent, int64_t now);
/* A request was answered as it should be. */
void worker_complete(struct worker *w, int64_t intended, int64_t sent, int64_t now);
/* All threads have ended: answers that were withdrawn are none, and their requests have failed with ERROR_SURPLUS. */
void worker_settle(struct worker *w);
/* Note why the thread cannot go on; false. */
__attribute__((format(printf, 2, 3))) bool worker_give_up(struct worker *w, const char *format, ...);
