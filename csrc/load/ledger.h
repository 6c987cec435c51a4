/*
 * Answers that may be another request's: the times of each, so that they can be taken out of the results again.
 *
 * A server that sends an answer too many, to one request or before any, is found out only when an answer arrives that
 * no request had asked for. Until then each answer of the connection may have been that to the request before. So
 * every answer is noted here, and a stray one withdraws what was noted of its connection.
 *
 * Another thread may read the histograms of past seconds, so nothing is changed while the load runs: what is withdrawn
 * is kept apart until all threads have ended (worker_settle()).
 */
#pragma once

#include <stdint.h>

#include "options.h"

/* The last answers that a thread keeps: 10 MiB, and as much again for those that are withdrawn. */
#define LEDGER_MOST (UINT32_C(1) << 18)

struct noted {
	uint32_t connection;
	uint32_t second; /* in whose histograms it is */
	int64_t intended;
	int64_t sent;
	int64_t answered;
	int64_t wire; /* -1: not recorded */
};

struct ledger {
	struct noted *noted; /* a ring */
	uint32_t room;      /* of each of the two; 0: nothing is noted */
	uint64_t count;      /* of all that were noted */
	struct noted *withdrawn;
	uint32_t withdrawn_count;
};

/*
 * Requests that a load can have in `ns`; of random arrivals with more to spare than chance asks for; UINT64_MAX in a
 * closed loop.
 */
uint64_t ledger_requests(const struct options *o, int64_t ns);
/*
 * How many answers a thread keeps with these options: no more than it has requests. None with --exact, where the server
 * is our own and memory that is touched for the first time would be counted; none for datagrams, which have numbers.
 */
uint32_t ledger_room(const struct options *o);
/* 0, or -1 without memory. */
int ledger_init(struct ledger *l, const struct options *o);
void ledger_free(struct ledger *l);
/* There must be room. */
void ledger_note(struct ledger *l, const struct noted *answer);
/* Withdraw the last `count` answers of a connection; the number of those that were still kept. */
uint64_t ledger_withdraw(struct ledger *l, uint32_t connection, uint64_t count);
