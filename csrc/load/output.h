/* Results as one JSON object a line, written once the load is over so that writing disturbs nothing. */
#pragma once

#include <stdint.h>

#include "options.h"
#include "worker.h"

/* CPU time that was not used, as exact_idle() reports it, before and after a load that lasted so long. */
struct idle {
	int64_t before;
	int64_t after;
	int64_t span_ns;
};

/* 0, or -1 and errno when standard output or memory fails. `sum` is what all workers counted, `unix_start` the
 * start of the recorded time; `idle` is written with --exact. */
int output_write(const struct options *o, const struct worker *workers, const struct counters *sum, int64_t unix_start,
		 const struct idle *idle);
