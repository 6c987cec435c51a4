/*
 * One-way datagrams, as fast as they go or at a rate: what is sent is counted here, what arrives by the sink of the
 * server.
 *
 * Nothing comes back, so there is no latency and none of the machinery of requests: each thread has a connected socket,
 * a batch of datagrams for sendmmsg() and its counters. Each datagram is one packet all the way, unless --gso asks the
 * kernel to cut them out of larger ones.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/cpu.h"
#include "../base/number.h"
#include "../base/program.h"
#include "crew.h"
#include "exact.h"
#include "gap.h"
#include "histogram.h"
#include "marks.h"
#include "protocol.h"
#include "schedule.h"
#include "stop.h"
#include "udp_stream_output.h"

/* More in one call win nothing, and the clock would be looked at too seldom. */
#define BATCH 64
/* Datagrams that the first burst of a warm-up is replaced by. */
#define AHEAD 4
#define HEAD_START_NS INT64_C(2000000)
#define SOL_UDP_LEVEL 17
#define UDP_SEGMENT_OPTION 103

struct sender {
	const struct options *options;
	int index;
	int fd;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	char *bytes;
	size_t message_bytes;
	uint64_t recorded; /* numbers given to datagrams of the recorded time, and of the warm-up */
	uint64_t warmup;
	int64_t begin; /* of the warm-up; the next two of the recorded time */
	int64_t start;
	int64_t end;
	struct gap gap; /* of the recorded time */
	struct packets_counters counters;
};

__attribute__((noreturn)) static void fail(const struct sender *s, const char *what, int error)
{
	crew_fail("cannot %s %s port %d: %s.%s", what, s->options->target, s->options->port, strerror(error),
		  error == ECONNREFUSED ? " Start the server first, or check --target and --port." : "");
}

static void open_socket(struct sender *s)
{
	const struct options *o = s->options;
	int size = (int)o->request_bytes;

	s->fd = socket(o->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)&o->address, o->address_length))
		fail(s, "reach", errno);
	if (o->gso > 1 && setsockopt(s->fd, SOL_UDP_LEVEL, UDP_SEGMENT_OPTION, &size, sizeof(size)))
		fail(s, "cut datagrams by --gso for", errno);
}

/* Number the datagrams of the i-th message. */
static void write_numbers(struct sender *s, int i, bool recorded)
{
	char *bytes = s->parts[i].iov_base;
	uint64_t *count = recorded ? &s->recorded : &s->warmup;

	for (int segment = 0; segment < s->options->gso; segment++, bytes += s->options->request_bytes)
		number_write(bytes, recorded ? 0 : NUMBER_WARMUP, (uint64_t)s->index, (*count)++);
}

/*
 * Send messages, all of one kind and those that the kernel has no room for later, but none after the end. What it does
 * take and loses is the network's loss.
 */
static void push(struct sender *s, int count, bool recorded, int64_t when)
{
	struct packets_counters *c = &s->counters;
	uint64_t per_message = (uint64_t)s->options->gso;
	int done = 0, wait_ms;
	int64_t now;

	while (done < count) {
		int sent = sendmmsg(s->fd, s->messages + done, (unsigned)(count - done), 0);

		if (sent > 0) {
			done += sent;
			continue;
		}
		if (errno == EAGAIN)
			c->again++;
		else if (errno == ENOBUFS || errno == ENOMEM)
			c->no_buffers++;
		else if (errno != EINTR)
			fail(s, "send to", errno);
		wait_ms = errno == EAGAIN ? 10 : 1;
		now = clock_now();
		if (now >= s->end)
			break;
		gap_sleeps(&s->gap, now + wait_ms * INT64_C(1000000));
		poll(&(struct pollfd){.fd = s->fd, .events = POLLOUT}, 1, wait_ms);
	}
	/* Numbers of what was not sent come again, if anything does. */
	*(recorded ? &s->recorded : &s->warmup) -= (uint64_t)(count - done) * per_message;
	if (!recorded) {
		c->warmup_packets += (uint64_t)done * per_message;
		return;
	}
	c->packets += (uint64_t)done * per_message;
	c->seconds[(when - s->start) / CLOCK_SECOND_NS] += (uint64_t)done * per_message;
}

/* What was sent before has arrived where bursts leave gaps: what follows is this time's alone. */
static void exact_start(struct sender *s)
{
	s->counters.exact = true;
	s->counters.idle_before = exact_idle();
	s->counters.span_ns = -clock_now();
	mark_begin();
}

/*
 * Gaps of the warm-up are not counted, and of one that reaches beyond it only what is behind it. Ctrl-C moves the end,
 * to the same time in every thread.
 */
static void sender_runs(struct sender *s, int64_t now)
{
	int64_t stop = stop_time();

	if (stop && stop < s->end)
		s->end = stop;
	if (now >= s->start)
		gap_runs(&s->gap, now);
}

static void send_at_once(struct sender *s)
{
	for (;;) {
		int64_t now = clock_now();
		bool recorded = now >= s->start;

		sender_runs(s, now);
		if (now >= s->end)
			return;
		if (recorded && s->options->exact && !s->counters.exact)
			exact_start(s);
		for (int i = 0; i < BATCH; i++)
			write_numbers(s, i, recorded);
		push(s, BATCH, recorded, now);
	}
}

/*
 * Datagrams that are due go out together; what is still due at the end stays unsent.
 *
 * In place of the first burst of a warm-up, single datagrams go ahead. Where a program decides about the first packets
 * of a flow, as ovs-vswitchd does, each packet of a whole burst would wait for it, and its work would not end with the
 * warm-up. There are several because the first packet of a connection may take another path than the second.
 */
static void send_paced(struct sender *s)
{
	const struct options *o = s->options;
	struct schedule schedule;
	int ahead = o->burst > 1 && s->begin < s->start ? AHEAD : 0;
	int group = ahead ? (o->burst + AHEAD - 1) / AHEAD : o->burst, together = group;
	int64_t next;

	schedule_init(&schedule, o->poisson, o->rate_per_s, (uint64_t)s->index, (uint64_t)o->threads,
		      (uint64_t)o->threads, o->seed);
	next = s->begin + schedule_next(&schedule);
	while (next < s->end) {
		int64_t now = clock_now(), first = next, due;
		bool recorded = next >= s->start;
		int count = 0;

		sender_runs(s, now);
		if (now >= s->end)
			return;
		if (recorded && o->exact && !s->counters.exact)
			exact_start(s);
		if (now < next) {
			int64_t wake = next - now < STOP_LOOK_NS ? next : now + STOP_LOOK_NS;
			struct timespec at = {wake / CLOCK_SECOND_NS, wake % CLOCK_SECOND_NS};

			if (o->timing == &timing_sleep) {
				gap_sleeps(&s->gap, wake);
				clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
			}
			continue;
		}
		/* A batch is of one kind and of one second. */
		while (count < BATCH && next <= now && next < s->end && (next >= s->start) == recorded &&
		       (next - s->start) / CLOCK_SECOND_NS == (first - s->start) / CLOCK_SECOND_NS) {
			if (recorded)
				histogram_record(s->counters.pacing, now - next);
			if (!ahead || together == group)
				write_numbers(s, count++, recorded);
			/* The others of a burst have the time of its first. */
			due = s->begin + schedule_next(&schedule);
			if (--together == 0) {
				next = due;
				if (ahead && --ahead == 0)
					group = o->burst;
				together = group;
			}
		}
		push(s, count, recorded, first);
	}
}

static void *run(void *argument)
{
	struct sender *s = argument;
	const struct options *o = s->options;

	if (o->cpu_count && cpu_pin(o->cpus[s->index]))
		fail(s, "run on the CPU of --cpus to load", errno);
	/* Sleeps end when they should and not 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	open_socket(s);
	s->begin = crew_ready();
	s->start = s->begin + o->warmup_ns;
	s->end = s->start + o->duration_ns;
	while (clock_now() < s->begin)
		;
	s->gap.ran = s->start;
	if (o->rate_per_s > 0)
		send_paced(s);
	else
		send_at_once(s);
	s->counters.longest_gap_ns = s->gap.longest_ns;
	s->counters.stopped_ns = s->gap.whole_ns;
	return NULL;
}

static int sender_init(struct sender *s, const struct options *o, int index)
{
	size_t seconds = (size_t)((o->duration_ns + CLOCK_SECOND_NS - 1) / CLOCK_SECOND_NS);

	*s = (struct sender){.options = o, .index = index, .fd = -1};
	s->message_bytes = (size_t)o->request_bytes * (size_t)o->gso;
	s->bytes = calloc(BATCH, s->message_bytes);
	s->counters.seconds = calloc(seconds, sizeof(*s->counters.seconds));
	s->counters.pacing = malloc(sizeof(*s->counters.pacing));
	if (!s->bytes || !s->counters.seconds || !s->counters.pacing)
		return -1;
	histogram_reset(s->counters.pacing);
	for (int i = 0; i < BATCH; i++) {
		s->parts[i] = (struct iovec){s->bytes + (size_t)i * s->message_bytes, s->message_bytes};
		s->messages[i].msg_hdr = (struct msghdr){.msg_iov = &s->parts[i], .msg_iovlen = 1};
	}
	return 0;
}

static void sender_free(struct sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->bytes);
	free(s->counters.seconds);
	free(s->counters.pacing);
}

static int measure(const struct options *o, struct sender *senders)
{
	struct packets_counters *sum = &senders[0].counters;
	int64_t begin, unix_start, drained, duration;
	int status = crew_start(o->threads, run, senders, sizeof(*senders));

	if (status)
		return status;
	if (stop_watch())
		return program_fail("cannot watch for Ctrl-C", strerror(errno));
	begin = clock_begin(o->phase_ns, HEAD_START_NS, OPTIONS_PHASE_NS);
	unix_start = clock_unix() + (begin - clock_now()) + o->warmup_ns;
	crew_begin(begin);
	crew_join();
	/*
	 * What is under way may arrive before the sink is asked for its counts, which happens when this program has
	 * ended.
	 */
	drained = clock_now() + o->drain_ns;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
			       &(struct timespec){drained / CLOCK_SECOND_NS, drained % CLOCK_SECOND_NS}, NULL) == EINTR)
		;
	if (sum->exact) {
		mark_end();
		sum->span_ns += clock_now();
		sum->idle_after = exact_idle();
	}
	for (int i = 1; i < o->threads; i++)
		packets_add(o, sum, &senders[i].counters);
	duration = senders[0].end - senders[0].start;
	if (duration <= 0)
		return stop_report_nothing();
	if (packets_write(o, sum, begin + o->warmup_ns, unix_start, duration))
		return program_fail("cannot write the results", strerror(errno));
	return stop_time() ? STOP_INTERRUPTED : 0;
}

static int run_packets(const struct options *o)
{
	struct sender *senders = calloc((size_t)o->threads, sizeof(*senders));
	int prepared = 0, status = 0;

	if (!senders)
		status = program_fail("cannot prepare the load", strerror(ENOMEM));
	while (!status && prepared < o->threads) {
		int index = prepared++; /* what one half made is freed like the others */

		if (sender_init(&senders[index], o, index))
			status = program_fail("cannot prepare the load", strerror(ENOMEM));
	}
	if (!status)
		status = measure(o, senders);
	while (prepared)
		sender_free(&senders[--prepared]);
	free(senders);
	return status;
}

const struct protocol protocol_udp_stream = {
	.name = "udp-stream",
	.summary = "datagrams one way; the sink of barewire-serve counts what arrives",
	.takes_request_bytes = true,
	.datagrams = true,
	.run = run_packets,
};
