/*
 * The event loop of a thread: it opens the connections, sends what is due, and waits for answers until the load ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "worker.h"

/* Open the persistent connections; false, with `failure` set, when they cannot all be opened. */
bool loop_connect(struct worker *w);
/* Run the load from `begin` (absolute) to its end; false, with `failure` set, when it cannot. */
bool loop_run(struct worker *w, int64_t begin);
