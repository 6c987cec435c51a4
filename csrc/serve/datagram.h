/*
 * Datagrams that are answered (`--udp`): a batch in, a batch out. An answer repeats the first eight bytes of its
 * request.
 */
#pragma once

#include <sys/socket.h>

#include "../base/number.h"
#include "worker.h"

#define DATAGRAM_BATCH 64

/*
 * Room for a batch, prepared once. Of a datagram the first bytes are kept, and the others are read into one place for
 * all.
 */
struct datagrams {
	struct mmsghdr in[DATAGRAM_BATCH]; /* with the sender's address */
	struct mmsghdr plain[DATAGRAM_BATCH]; /* without */
	struct mmsghdr out[DATAGRAM_BATCH];
	struct iovec in_parts[DATAGRAM_BATCH][2];
	struct iovec out_parts[DATAGRAM_BATCH][2];
	struct sockaddr_storage from[DATAGRAM_BATCH];
	unsigned char heads[DATAGRAM_BATCH][NUMBER_BYTES];
	char others[65536];
};

/* NULL without memory; freed as one piece. */
struct datagrams *datagrams_new(void);
void datagram_ready(struct worker *w, struct watched *self, uint32_t events);
/* Read what has arrived, and how much the kernel dropped. */
void datagram_finish(struct worker *w, struct endpoint *e);
