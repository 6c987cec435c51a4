#include "results.h"

#include <stdlib.h>
#include <string.h>

const char *const result_names[RESULT_KINDS] = {"latency", "service", "lag", "connect"};
const char *const error_names[ERROR_KINDS] = {"connect", "closed", "status", "length", "garbage", "timeout"};

int results_init(struct results *r, uint32_t seconds)
{
	memset(r, 0, sizeof(*r));
	r->second_count = seconds;
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		histogram_reset(&r->now[kind]);
		r->seconds[kind] = calloc(seconds, sizeof(*r->seconds[kind]));
		if (!r->seconds[kind])
			return -1;
	}
	return 0;
}

void results_free(struct results *r)
{
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		for (uint32_t i = 0; r->seconds[kind] && i < r->second_count; i++)
			free(r->seconds[kind][i].pairs);
		free(r->seconds[kind]);
		r->seconds[kind] = NULL;
	}
}

int results_turn(struct results *r, uint32_t second)
{
	for (int kind = 0; kind < RESULT_KINDS; kind++) {
		r->saturated += r->now[kind].saturated;
		r->now[kind].saturated = 0;
		if (histogram_take(&r->now[kind], &r->seconds[kind][r->second]))
			return -1;
	}
	r->second = second;
	return 0;
}
