#include "sink.h"

#include <stdlib.h>

#include "../base/clock.h"
#include "datagram.h"

#define MOST_BATCHES 16
/*
 * How long the thread polls after a packet before it sleeps. Who sends a packet to a sleeper pays for waking it, which
 * on a virtual machine is more than the rest of the way; a receiver that polls leaves the sender's core to the network.
 */
#define PATIENCE_NS 50000
/* The kernel gives at most twice net.core.rmem_max. */
#define WANTED_BUFFER (8 * 1024 * 1024)

struct sink *sink_new(int fd)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int size = WANTED_BUFFER;
	socklen_t length = sizeof(size);

	if (!sink)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length) == 0)
		sink->buffer_bytes = size;
	return sink;
}

/* False for a datagram of the warm-up. */
static bool count_one(struct sink *sink, struct counters *counters, const unsigned char *head, uint32_t length)
{
	uint64_t number = length >= NUMBER_BYTES ? number_read(head) : UINT64_MAX;

	if (number_is_good(number)) {
		if (number & NUMBER_WARMUP) {
			counters->warmup_packets++;
			return false;
		}
		counters->numbered++;
		sequence_take(&sink->sequences[number_thread(number)], number & NUMBER_COUNT, counters);
	}
	counters->packets++;
	counters->packet_bytes += length;
	return true;
}

void sink_ready(struct worker *w, struct watched *self, uint32_t events)
{
	struct endpoint *e = (struct endpoint *)self;
	struct datagrams *d = w->datagrams;
	int got = DATAGRAM_BATCH;

	for (int round = 0; (round < MOST_BATCHES || !events) && got == DATAGRAM_BATCH; round++) {
		bool any = false;
		int64_t now;

		got = recvmmsg(e->fd, d->plain, DATAGRAM_BATCH, MSG_DONTWAIT, NULL);
		now = clock_now();
		for (int i = 0; i < got; i++)
			any |= count_one(e->sink, &e->counters, d->heads[i], d->plain[i].msg_len);
		if (got > 0)
			w->polls_until = now + PATIENCE_NS;
		if (!any)
			continue;
		if (!e->sink->first_ns)
			e->sink->first_ns = now;
		e->sink->last_ns = now;
	}
}
