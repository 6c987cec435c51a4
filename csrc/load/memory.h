/* How much memory a load can take at most, worked out from its options before it begins. */
#pragma once

#include <stdint.h>

#include "options.h"

/*
 * Requests that a load can have in `ns`; of random arrivals with more to spare than chance asks for; UINT64_MAX in a
 * closed loop.
 */
uint64_t memory_requests(const struct options *o, int64_t ns);
/* Bytes of this process; what the kernel keeps for sockets is not in it. */
uint64_t memory_bound(const struct options *o);
/* The most that it has taken so far; 0 where the kernel does not report it. */
uint64_t memory_peak(void);
