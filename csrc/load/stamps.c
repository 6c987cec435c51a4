#include "stamps.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "worker.h"

#define WANTED                                                                                     \
	(SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | \
	 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY)
/* The kernel begins to stamp a moment after it was asked for the first time. */
#define TRIES 100
#define TRY_MS 10

union control {
	char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) +
		   CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
	struct cmsghdr aligned;
};

/* What recvmsg() told besides bytes: the software stamp (0: none), and whose it is if it is of something sent. */
static int64_t stamp_of(struct msghdr *message, uint32_t *id)
{
	int64_t stamp = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			struct scm_timestamping times;

			memcpy(&times, CMSG_DATA(c), sizeof(times));
			stamp = (int64_t)times.ts[0].tv_sec * CLOCK_SECOND_NS + times.ts[0].tv_nsec;
		} else if (c->cmsg_level == SOL_IP || c->cmsg_level == SOL_IPV6) {
			struct sock_extended_err error;

			memcpy(&error, CMSG_DATA(c), sizeof(error));
			*id = error.ee_data;
		}
	}
	return stamp;
}

static ssize_t receive(int fd, void *buffer, size_t size, int flags, int64_t *stamp, uint32_t *id)
{
	union control control;
	struct iovec piece = {buffer, size};
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &message, flags);

	*stamp = n < 0 ? 0 : stamp_of(&message, id);
	return n;
}

/* Look for the stamp of what was sent last; those of what was sent before are of no use any more. */
static void look(struct connection *c)
{
	uint32_t id = 0;
	int64_t stamp;

	while (!c->sent_stamp && receive(c->fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT, &stamp, &id) >= 0)
		if (id == c->sent_id)
			c->sent_stamp = stamp;
}

int stamps_enable(struct connection *c)
{
	int wanted = WANTED;

	/* Bytes and datagrams are numbered from 0, from now on. */
	c->sent_id = UINT32_MAX;
	c->sent_stamp = c->received_stamp = 0;
	return setsockopt(c->fd, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted));
}

void stamps_sent(struct connection *c, bool datagram, size_t n)
{
	c->sent_id += datagram ? 1 : (uint32_t)n;
	c->sent_stamp = 0;
	/* Mostly it is there already; taken at once, it wakes nobody. */
	look(c);
}

ssize_t stamps_receive(struct connection *c, void *buffer, size_t size)
{
	uint32_t nobody;

	return receive(c->fd, buffer, size, 0, &c->received_stamp, &nobody);
}

void stamps_record(struct connection *c, struct worker *w, int64_t intended)
{
	look(c);
	if (c->sent_stamp && c->received_stamp)
		worker_record(w, RESULT_WIRE, intended, c->received_stamp - c->sent_stamp);
	else
		w->results.counters.unstamped += worker_records(w, intended);
	c->received_stamp = 0;
}

int stamps_probe(void)
{
	struct connection c = {.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(self);
	char byte = 0;

	/* It stays open until the program ends: the kernel stamps for as long as somebody asks for it. */
	if (c.fd < 0 || stamps_enable(&c))
		return -1;
	if (bind(c.fd, (struct sockaddr *)&self, length) || getsockname(c.fd, (struct sockaddr *)&self, &length) ||
	    connect(c.fd, (struct sockaddr *)&self, length))
		return 0;
	for (int i = 0; i < TRIES; i++) {
		struct pollfd wait = {.fd = c.fd, .events = POLLIN};

		if (send(c.fd, &byte, sizeof(byte), 0) < 0)
			return 0;
		stamps_sent(&c, true, sizeof(byte));
		poll(&wait, 1, TRY_MS);
		if (stamps_receive(&c, &byte, sizeof(byte)) < 0)
			continue;
		look(&c);
		if (c.sent_stamp && c.received_stamp)
			return 0;
		poll(NULL, 0, TRY_MS);
	}
	errno = ENOTSUP;
	return -1;
}
