/*
 * --timestamps: when the kernel gave a request's last byte to the device, and when it got the segment (or datagram)
 * with the last byte of its answer. Both are software stamps of CLOCK_REALTIME (SO_TIMESTAMPING); their difference is
 * `wire`: what a request took but for this program's own wake-up, reading and writing. The last segment and not the
 * first is taken, because a read that gathers several reports the stamp of the last one only, and because it is the
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

/*
 * Make sure that the kernel gives both stamps, and that it has begun to: 0; -1 and errno, ENOTSUP when it gives none.
 * Where nothing can be sent over the loopback it cannot be known beforehand, and is taken for good.
 */
int stamps_probe(void);
/* Of one socket. */
struct stamps {
	uint32_t sent_id; /* the kernel's number of what was sent last */
	int64_t sent;     /* its stamp; 0: not there yet */
	int64_t received; /* of what was read last */
};

/* For an open socket, whose bytes or datagrams are numbered from now on; 0, or -1 and errno. */
int stamps_enable(struct stamps *s, int fd);
/* `n` bytes were given to a stream, or one datagram was sent. */
void stamps_sent(struct stamps *s, int fd, bool datagram, size_t n);
/* Read as recv() does, and keep the stamp. */
ssize_t stamps_receive(struct stamps *s, int fd, void *buffer, size_t size);
/* Of a request that was answered: ns from the stamp of its last byte to that of its answer; -1 if one is missing. */
int64_t stamps_wire(struct stamps *s, int fd);
