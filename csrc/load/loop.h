/*
 * The event loop of a thread: it opens the connections, sends what is due, and waits for answers until the load ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "worker.h"

/* 0, or -1 without memory or descriptors. */
int loop_init(struct worker *w, const struct options *o, int index);
void loop_free(struct worker *w);
/* Run on one CPU; false, with `failure` set, when the kernel refuses. */
bool loop_pin(struct worker *w, int cpu);
/* Open the persistent connections; false, with `failure` set, when they cannot all be opened. */
bool loop_connect(struct worker *w);
/* Run the load from `begin` (absolute) to its end; false, with `failure` set, when it cannot. */
bool loop_run(struct worker *w, int64_t begin);
/* Close the connections, with a last look at what TCP counted. */
void loop_finish(struct worker *w);
