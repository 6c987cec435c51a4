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

/* The software stamp that recvmsg() gave with the bytes (0: none), and its number if it belongs to something sent. */
static int64_t parse_stamp(struct msghdr *message, uint32_t *id)
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

	*stamp = n < 0 ? 0 : parse_stamp(&message, id);
	return n;
}

/* Look for the stamp of what was sent last; those of what was sent before are of no use any more. */
static void look_for_sent(struct stamps *s, int fd)
{
	uint32_t id = 0;
	int64_t stamp;

	while (!s->sent && receive(fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT, &stamp, &id) >= 0)
		if (id == s->sent_id)
			s->sent = stamp;
}

int stamps_enable(struct stamps *s, int fd)
{
	int wanted = WANTED;

	*s = (struct stamps){.sent_id = UINT32_MAX};
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted));
}

void stamps_sent(struct stamps *s, int fd, bool datagram, size_t n)
{
	s->sent_id += datagram ? 1 : (uint32_t)n;
	s->sent = 0;
	/* Mostly it is there already; taken at once, it wakes nobody. */
	look_for_sent(s, fd);
}

ssize_t stamps_receive(struct stamps *s, int fd, void *buffer, size_t size)
{
	uint32_t unused;

	return receive(fd, buffer, size, 0, &s->received, &unused);
}

int64_t stamps_wire(struct stamps *s, int fd)
{
	int64_t received = s->received;

	look_for_sent(s, fd);
	s->received = 0;
	return s->sent && received ? received - s->sent : -1;
}

int stamps_probe(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(self);
	struct stamps stamps;
	char byte = 0;

	/* It stays open until the program ends: the kernel stamps for as long as somebody asks for it. */
	if (fd < 0 || stamps_enable(&stamps, fd))
		return -1;
	if (bind(fd, (struct sockaddr *)&self, length) || getsockname(fd, (struct sockaddr *)&self, &length) ||
	    connect(fd, (struct sockaddr *)&self, length))
		return 0;
	for (int i = 0; i < TRIES; i++) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (send(fd, &byte, sizeof(byte), 0) < 0)
			return 0;
		stamps_sent(&stamps, fd, true, sizeof(byte));
		poll(&wait, 1, TRY_MS);
		if (stamps_receive(&stamps, fd, &byte, sizeof(byte)) < 0)
			continue;
		look_for_sent(&stamps, fd);
		if (stamps.sent && stamps.received)
			return 0;
		poll(NULL, 0, TRY_MS);
	}
	errno = ENOTSUP;
	return -1;
}
