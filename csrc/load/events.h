/* What epoll and the clock report of a connection: it is open, it can be written or read, it has timed out. */
#pragma once

#include <stdint.h>

#include "connection.h"

/* Both run out of memory with -1, and have no other way to fail: what goes wrong with a connection is counted. */

/* epoll reports that something can be done. */
int events_handle(struct connection *c, struct worker *w, uint32_t events);
/* Give up what has been under way for too long; in a closed loop, try again what could not be opened. */
int events_check_timeouts(struct connection *c, struct worker *w, int64_t now);
