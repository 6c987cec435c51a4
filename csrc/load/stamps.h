/*
 * --timestamps: when the kernel gave a request's last byte to the device, and when it got the segment (or datagram)
 * with the last byte of its answer. Both are software stamps of CLOCK_REALTIME (SO_TIMESTAMPING); their difference is
 * `wire`: what a request took but for this program's own wake-up, reading and writing. The last segment and not the
 * first is taken, because a read that gathers several tells the stamp of the last one alone, and because it is the
 * counterpart of a complete answer.
 *
 * It costs two more system calls a request, so latencies are to be compared only with those of other loads that have
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "connection.h"

/*
 * Make sure that the kernel gives both stamps, and that it has begun to: 0; -1 and errno, ENOTSUP when it gives none.
 * Where nothing can be sent over the loopback it cannot be known beforehand, and is taken for good.
 */
int stamps_probe(void);
/* For an open connection; 0, or -1 and errno. */
int stamps_enable(struct connection *c);
/* `n` bytes were given to a stream, or one datagram was sent. */
void stamps_sent(struct connection *c, bool datagram, size_t n);
/* As recv(), and the stamp is kept. */
ssize_t stamps_receive(struct connection *c, void *buffer, size_t size);
/* A request is answered: record, or count that a stamp was missing. */
void stamps_record(struct connection *c, struct worker *w, int64_t intended);
