/*
 * A wire with a known pause: frames go from one interface to the other and back, each held for PAUSE ns from the moment at which the
 * kernel stamped its arrival.
 *
 *     hold DEV DEV PAUSE_NS PORT
 *
 * Listens on PORT once it forwards, only for a program that waits for that. At SIGTERM it says `FRAMES HELD_NS LATE_NS`: how many, for
 * how long altogether, and how late the latest was.
 * It sleeps until shortly before a frame is due and then looks at the clock until it is, so that no timer's slack is in the pause.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define LARGEST 2048
#define MOST 8192
#define AWAKE_NS INT64_C(100000)

struct frame {
	int64_t arrived;
	int to;
	size_t length;
	unsigned char bytes[LARGEST];
};

static struct frame frames[MOST];
static size_t first, count;
static volatile sig_atomic_t over;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void end(int number)
{
	(void)number;
	over = 1;
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		die("clock_gettime");
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int open_device(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
	int one = 1;

	if (fd < 0 || !at.sll_ifindex)
		die(name);
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)))
		die("PACKET_IGNORE_OUTGOING");
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		die("SO_TIMESTAMPNS");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	return fd;
}

static void listen_on(const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		die("listen");
}

/* One frame into the queue; false when there is none. */
static bool take(int from, int to)
{
	struct frame *f = &frames[(first + count) % MOST];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec piece = {f->bytes, sizeof(f->bytes)};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *stamp;
	struct timespec at;
	ssize_t n;

	if (count == MOST) {
		fputs("more frames wait than there is room for\n", stderr);
		exit(1);
	}
	n = recvmsg(from, &message, MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == ENETDOWN))
		return false;
	if (n < 0 || (size_t)n > sizeof(f->bytes))
		die("a frame of a size that should not be");
	stamp = CMSG_FIRSTHDR(&message);
	if (!stamp || stamp->cmsg_type != SCM_TIMESTAMPNS)
		die("a frame without a time");
	memcpy(&at, CMSG_DATA(stamp), sizeof(at));
	/* The stamp is of the day's clock, which may be set; its age is of use at once. */
	f->arrived = read_clock(CLOCK_MONOTONIC) - (read_clock(CLOCK_REALTIME) - (at.tv_sec * INT64_C(1000000000) + at.tv_nsec));
	f->to = to;
	f->length = (size_t)n;
	count++;
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = end};
	int64_t pause, held = 0, late = 0;
	uint64_t sent = 0;
	struct pollfd ends[2];

	if (argc != 5)
		return 2;
	ends[0] = (struct pollfd){open_device(argv[1]), POLLIN, 0};
	ends[1] = (struct pollfd){open_device(argv[2]), POLLIN, 0};
	pause = strtoll(argv[3], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	listen_on(argv[4]);
	while (!over) {
		int64_t left = count ? frames[first].arrived + pause - read_clock(CLOCK_MONOTONIC) : INT64_C(50000000);

		if (left > AWAKE_NS) {
			struct timespec sleep = {0, left - AWAKE_NS};

			if (sleep.tv_nsec > 999999999)
				sleep.tv_nsec = 999999999;
			ppoll(ends, 2, &sleep, NULL);
		}
		while (take(ends[0].fd, ends[1].fd) || take(ends[1].fd, ends[0].fd))
			;
		while (count && frames[first].arrived + pause - read_clock(CLOCK_MONOTONIC) <= 0) {
			struct frame *f = &frames[first];
			int64_t now = read_clock(CLOCK_MONOTONIC);

			if (send(f->to, f->bytes, f->length, 0) < 0)
				die("send");
			held += now - f->arrived;
			if (now - f->arrived - pause > late)
				late = now - f->arrived - pause;
			sent++;
			first = (first + 1) % MOST;
			count--;
		}
	}
	printf("%" PRIu64 " %" PRId64 " %" PRId64 "\n", sent, held, late);
	return 0;
}
