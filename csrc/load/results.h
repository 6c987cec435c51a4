/* What one thread has counted. Threads share none of it; output adds them up. */
#pragma once

#include <stdint.h>

#include "histogram.h"

enum result_kind { RESULT_LATENCY, RESULT_SERVICE, RESULT_LAG, RESULT_CONNECT, RESULT_KINDS };
enum error_kind { ERROR_CONNECT, ERROR_CLOSED, ERROR_STATUS, ERROR_LENGTH, ERROR_GARBAGE, ERROR_TIMEOUT, ERROR_KINDS };

extern const char *const result_names[RESULT_KINDS];
extern const char *const error_names[ERROR_KINDS];

struct results {
	struct histogram now[RESULT_KINDS];
	struct histogram_pairs *seconds[RESULT_KINDS]; /* one for each second of the recorded time */
	uint32_t second;
	uint32_t second_count;
	uint64_t requests;  /* intended within the recorded time */
	uint64_t completed;
	uint64_t in_window; /* completed before the recorded time ended */
	uint64_t late;
	uint64_t saturated;
	uint64_t errors[ERROR_KINDS];
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t retransmissions;
	uint64_t rtt_us_sum;
	uint64_t rtt_count;
	int connect_errno; /* the last one */
};

/* 0, or -1 without memory. */
int results_init(struct results *r, uint32_t seconds);
void results_free(struct results *r);
/* Everything recorded from now on belongs to `second`; 0, or -1 without memory. */
int results_turn(struct results *r, uint32_t second);
