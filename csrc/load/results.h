/* What one thread has counted. Threads share none of it; output adds them up. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "exact.h"
#include "example.h"
#include "histogram.h"
#include "ticks.h"

enum result_kind {
	RESULT_LATENCY,
	RESULT_SERVICE,
	RESULT_LAG,
	RESULT_PACING,
	RESULT_CONNECT,
	RESULT_WIRE,
	RESULT_KINDS
};
enum error_kind {
	NO_ERROR = -1,
	ERROR_CONNECT,
	ERROR_CLOSED,
	ERROR_STATUS,
	ERROR_LENGTH,
	ERROR_GARBAGE,
	ERROR_TIMEOUT,
	ERROR_SURPLUS,
	ERROR_KINDS
};

extern const char *const result_names[RESULT_KINDS];
extern const char *const error_names[ERROR_KINDS];

struct counters {
	uint64_t requests;   /* intended within the recorded time */
	uint64_t completed;  /* of those, answered as they should be */
	uint64_t in_window;  /* of the completed, before the recorded time ended */
	uint64_t unfinished; /* without an answer when waiting ended */
	uint64_t lost;       /* timed out or unfinished: recorded with the time that they waited */
	uint64_t late;
	uint64_t not_taken_up; /* intended within the recorded time, and taken up by the loop only after it */
	uint64_t saturated;
	uint64_t errors[ERROR_KINDS];
	uint64_t stray; /* came, and answered nothing under way */
	uint64_t ambiguous; /* completed, and would be ERROR_SURPLUS if the ledger still had them */
	uint64_t unstamped; /* completed, and the kernel gave no stamp of it */
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t retransmissions;
	uint64_t reopened; /* connections that were lost or closed, opened again for a request */
	uint64_t syn_retransmissions; /* of connections that took long to open, or did not */
	uint64_t rtt_us_sum; /* of the last smoothed round trip of each connection */
	uint64_t rtt_us_min;
	uint64_t rtt_us_max;
	uint64_t rtt_count;
};

/* What had been counted when a second ended. */
struct tally {
	uint64_t requests;
	uint64_t completed;
	uint64_t errors;
};

struct results {
	struct counters counters;
	int connect_errno; /* the last one */
	struct example example;
	struct histogram *now; /* one of each kind: the second under way */
	struct histogram *before; /* the second before, being taken down */
	uint32_t second;
	_Atomic uint32_t finished; /* seconds that are taken down, for another thread to read */
	struct tally *tallies; /* one for each second */
	uint32_t second_count;
	uint32_t second_room; /* as many as there is room for: a load may end early */
	struct histogram_pairs *seconds[RESULT_KINDS]; /* one for each second of the recorded time */
	struct ticks ticks; /* of latency */
	struct exact exact;
	struct histogram sets[2][RESULT_KINDS];
};

/* 0, or -1 without memory. */
int results_init(struct results *r, uint32_t seconds);
void results_free(struct results *r);
/* Everything recorded from now on belongs to the next second; 0, or -1 without memory. */
int results_turn(struct results *r);
/*
 * Take down a small part of the second before, if any is left; 0, or -1 without memory. A histogram has 33,792 buckets;
 * to go through all of them at once would delay a request each second, and so be seen at the 99.99th percentile.
 */
int results_tidy(struct results *r);
/* Take down everything; 0, or -1 without memory. */
int results_finish(struct results *r);
/* How many seconds, from the first, may be read while the thread runs. */
uint32_t results_finished(const struct results *r);
/* Take a value of a finished second out again; it must have been recorded in it. */
void results_take_out(struct results *r, enum result_kind kind, uint32_t second, int64_t value);
/* What TCP has counted of a connection that ends. A round trip of 0 is none. */
void counters_tcp(struct counters *c, uint32_t retransmissions, uint32_t rtt_us);
void counters_add(struct counters *sum, const struct counters *c);
