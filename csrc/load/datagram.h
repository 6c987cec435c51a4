/*
 * Requests as datagrams. Each begins with a number that its answer repeats, so answers may come late, twice or in any
 * order: one that belongs to nothing under way is counted as stray, and is never taken for another's. Each is given up
 * by itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

struct transport;

#define DATAGRAM_NUMBER_BYTES 8
/* What IPv4 carries: 65,535 B without the headers of IP and UDP. */
#define DATAGRAM_MOST_BYTES 65507

extern const struct transport datagram_transport;

/* Count what was sent before `limit` as timed out; whether there was any. */
bool datagram_give_up(struct connection *c, struct worker *w, int64_t limit);
