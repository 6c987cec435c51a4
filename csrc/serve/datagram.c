#include "datagram.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>

/* Batches of one socket before the others have their turn. */
#define MOST_BATCHES 16

/* What answers are made of; never written to. */
static const char fill[SERVICE_MOST_DATAGRAM];

struct datagrams *datagrams_new(void)
{
	struct datagrams *d = calloc(1, sizeof(*d));

	for (int i = 0; d && i < DATAGRAM_BATCH; i++) {
		d->in_parts[i][0] = (struct iovec){d->heads[i], NUMBER_BYTES};
		d->in_parts[i][1] = (struct iovec){d->others, sizeof(d->others)};
		d->in[i].msg_hdr = (struct msghdr){.msg_iov = d->in_parts[i], .msg_iovlen = 2, .msg_name = &d->from[i]};
		d->plain[i].msg_hdr = (struct msghdr){.msg_iov = d->in_parts[i], .msg_iovlen = 2};
		d->out_parts[i][1].iov_base = (void *)(uintptr_t)fill;
		d->out[i].msg_hdr = (struct msghdr){.msg_iov = d->out_parts[i], .msg_iovlen = 2};
	}
	return d;
}

static void answer(struct endpoint *e, struct datagrams *d, int count)
{
	int done = 0;

	while (done < count) {
		int sent = sendmmsg(e->fd, d->out + done, (unsigned)(count - done), MSG_DONTWAIT);

		if (sent > 0) {
			for (int i = done; i < done + sent; i++)
				e->counters.bytes_out += d->out[i].msg_len;
			e->counters.answers += (uint64_t)sent;
			done += sent;
		} else if (errno != EINTR) {
			/* A datagram may be lost, and this one is. The next ones may go to others. */
			e->counters.unsent++;
			done++;
		}
	}
}

/* Prepare the answer to the i-th datagram as the `at`-th; false if it has another size than requests have here. */
static bool prepare(struct endpoint *e, struct datagrams *d, int i, int at)
{
	const struct service *service = e->service;
	uint32_t repeated = service->request_bytes < NUMBER_BYTES ? service->request_bytes : NUMBER_BYTES;

	e->counters.requests++;
	e->counters.bytes_in += d->in[i].msg_len;
	if (d->in[i].msg_len != service->request_bytes) {
		e->counters.garbage++;
		return false;
	}
	if (repeated > service->response_bytes)
		repeated = service->response_bytes;
	d->out_parts[at][0] = (struct iovec){d->heads[i], repeated};
	d->out_parts[at][1].iov_len = service->response_bytes - repeated;
	d->out[at].msg_hdr.msg_name = &d->from[i];
	d->out[at].msg_hdr.msg_namelen = d->in[i].msg_hdr.msg_namelen;
	return true;
}

void datagram_ready(struct worker *w, struct watched *self, uint32_t events)
{
	struct endpoint *e = (struct endpoint *)self;
	struct datagrams *d = w->datagrams;
	int got = DATAGRAM_BATCH;

	(void)events;
	for (int round = 0; round < MOST_BATCHES && got == DATAGRAM_BATCH; round++) {
		int good = 0;

		for (int i = 0; i < DATAGRAM_BATCH; i++)
			d->in[i].msg_hdr.msg_namelen = sizeof(d->from[i]);
		got = recvmmsg(e->fd, d->in, DATAGRAM_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < got; i++)
			good += prepare(e, d, i, good);
		answer(e, d, good);
	}
}

void datagram_finish(struct worker *w, struct endpoint *e)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t length = sizeof(memory);

	if (e->service->kind == SERVICE_SINK)
		e->watched.ready(w, &e->watched, 0);
	/* Kernels before 4.12 do not report it. */
	if (getsockopt(e->fd, SOL_SOCKET, SO_MEMINFO, memory, &length) == 0)
		e->counters.socket_drops = memory[SK_MEMINFO_DROPS];
}
