/*
 * What a row of numbers shows about their way: which are missing, came late, came twice.
 *
 * The last SEQUENCE_WINDOW numbers are remembered one by one. An older one counts as reordered: whether it is a
 * duplicate is not known.
 */
#pragma once

#include <stdint.h>

#include "counters.h"

#define SEQUENCE_WINDOW 4096

struct sequence {
	uint64_t next; /* one above the highest */
	uint64_t seen[SEQUENCE_WINDOW / 64];
};

void sequence_take(struct sequence *s, uint64_t number, struct counters *counters);
