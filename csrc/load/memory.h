/* How much memory a load can take at most, worked out from its options before it begins. */
#pragma once

#include <stdint.h>

#include "options.h"

/* Bytes of this process; what the kernel keeps for sockets is not in it. */
uint64_t memory_bound(const struct options *o);
/* The most that it has taken so far; 0 where the kernel does not report it. */
uint64_t memory_peak(void);
