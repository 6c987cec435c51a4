/*
 * One-way datagrams, as fast as they go or at a rate: what the sender counted here, what arrived is told by the
 * server's sink.
 *
 * Nothing comes back, so there is no latency and none of the machinery of requests: each thread has a connected socket,
 * a batch of datagrams for sendmmsg() and its counters. Each is a datagram of its own all the way, unless --gso asks
 * the kernel to cut them out of larger ones.
 */
#pragma once

#include "options.h"

/* 0, or 3 after a sentence. */
int packets_run(const struct options *o);
