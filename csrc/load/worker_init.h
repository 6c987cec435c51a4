/* A worker with all that it owns: its connections, buffers and results. */
#pragma once

#include <stdbool.h>

#include "worker.h"

/* 0, or -1 without memory or descriptors. */
int worker_init(struct worker *w, const struct options *o, int index);
void worker_free(struct worker *w);
/* Run the calling thread on one CPU; false, with `failure` set, when the kernel refuses. */
bool worker_pin(struct worker *w, int cpu);
/* Close the connections, with a last look at what TCP counted. */
void worker_leave(struct worker *w);
