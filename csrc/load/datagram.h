/*
 * Requests as datagrams. Each begins with a number that its answer repeats, so answers may come late, twice or in any
 * order: one that belongs to nothing under way is counted as stray, and is never taken for another's. Each is given up
 * by itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

#define DATAGRAM_NUMBER_BYTES 8
/* What IPv4 carries: 65,535 B without the headers of IP and UDP. */
#define DATAGRAM_MOST_BYTES 65507

/* Make all places free. */
void datagram_open(struct connection *c, struct worker *w);
/* Send a request; a place must be free. 1: sent, 0: the socket is full, -1: the socket has failed. */
int datagram_send(struct connection *c, struct worker *w, int64_t intended, int64_t now);
/* Send the one that did not fit; as above. */
int datagram_write(struct connection *c, struct worker *w);
/* Read what is there; 0, or -1 without memory. */
int datagram_receive(struct connection *c, struct worker *w, bool to_the_end);
/* Count what was sent before `limit` as timed out; whether there was any. */
bool datagram_give_up(struct connection *c, struct worker *w, int64_t limit);
void datagram_fail_all(struct connection *c, struct worker *w, enum error_kind kind);
