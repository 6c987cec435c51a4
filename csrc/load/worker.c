#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"

#define EVENTS 256
#define EXPIRE_EVERY_NS INT64_C(50000000)
#define CONNECT_LIMIT_NS INT64_C(10000000000)
#define MOST_OPENING 256

/* A request is late when it leaves more than this after its time: above what a timer takes, below what a stall takes. */
#define LATE_NS INT64_C(100000)

int worker_init(struct worker *w, const struct options *o, const struct protocol *protocol, int index, const char *request,
		size_t length)
{
	uint32_t threads = (uint32_t)o->threads;
	uint32_t seconds = (uint32_t)((o->duration_ns + CLOCK_SECOND_NS - 1) / CLOCK_SECOND_NS);

	*w = (struct worker){.options = o, .index = index, .epoll = -1, .request = request, .request_length = length};
	w->protocol = protocol;
	/* The first threads take the connections that do not divide evenly. */
	w->connection_count = (uint32_t)o->connections / threads + ((uint32_t)index < (uint32_t)o->connections % threads);
	w->connections = calloc(w->connection_count, sizeof(*w->connections));
	w->buffer = malloc(WORKER_BUFFER);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!w->connections || !w->buffer || w->epoll < 0 || results_init(&w->results, seconds))
		return -1;
	for (uint32_t i = 0; i < w->connection_count; i++)
		if (connection_init(&w->connections[i], o->pipeline))
			return -1;
	if (o->rate_per_s > 0)
		schedule_init(&w->schedule, o->poisson, o->rate_per_s, (uint64_t)index, threads, o->seed);
	return 0;
}

void worker_free(struct worker *w)
{
	for (uint32_t i = 0; w->connections && i < w->connection_count; i++)
		connection_free(&w->connections[i]);
	free(w->connections);
	free(w->buffer);
	results_free(&w->results);
	if (w->epoll >= 0)
		close(w->epoll);
}

void worker_record(struct worker *w, enum result_kind kind, int64_t when, int64_t value)
{
	if (!w->started || worker_records(w, when))
		histogram_record(&w->results.now[kind], value);
}

void worker_complete(struct worker *w, int64_t intended, int64_t sent, int64_t now)
{
	if (!worker_records(w, intended))
		return;
	histogram_record(&w->results.now[RESULT_LATENCY], now - intended);
	histogram_record(&w->results.now[RESULT_SERVICE], now - sent);
	histogram_record(&w->results.now[RESULT_LAG], sent - intended);
	w->results.completed++;
	w->results.in_window += now < w->end;
	w->results.late += sent - intended > LATE_NS;
}

int worker_freed(struct worker *w, struct connection *c, uint32_t slots)
{
	if (w->options->rate_per_s > 0 || !w->started)
		return c->state == CONNECTION_CLOSED && c->waiting_count ? connection_begin(c, w)
		       : c->state == CONNECTION_OPEN ? connection_pump(c, w) : 0;
	for (uint32_t i = 0; i < slots && clock_now() < w->end; i++)
		if (connection_request(c, w, -1))
			return -1;
	return 0;
}

static bool give_up(struct worker *w, const char *why, int number)
{
	w->failure = why;
	w->failure_errno = number;
	return false;
}

/* Wait for events until `until` (absolute), then handle them; false when the thread must give up. */
static bool handle(struct worker *w, int64_t until, bool spin)
{
	struct epoll_event events[EVENTS];
	int count;

	if (spin) {
		count = epoll_wait(w->epoll, events, EVENTS, 0);
	} else {
		int64_t left = until - clock_now();
		struct timespec limit = {left > 0 ? left / CLOCK_SECOND_NS : 0, left > 0 ? left % CLOCK_SECOND_NS : 0};

		count = epoll_pwait2(w->epoll, events, EVENTS, &limit, NULL);
	}
	if (count < 0)
		return errno == EINTR || give_up(w, "epoll failed", errno);
	for (int i = 0; i < count; i++)
		if (connection_event(events[i].data.ptr, w, events[i].events))
			return give_up(w, "out of memory", ENOMEM);
	return true;
}

bool worker_connect(struct worker *w)
{
	int64_t limit = clock_now() + CONNECT_LIMIT_NS;
	uint32_t begun = 0;

	if (w->protocol->each_its_own)
		return true;
	while (w->open < w->connection_count) {
		/* Not all at once: a server's queue of new connections is short. */
		while (begun < w->connection_count && begun - w->open < MOST_OPENING)
			if (connection_open(&w->connections[begun++], w))
				return give_up(w, "cannot connect", w->results.connect_errno);
		if (!handle(w, limit, false))
			return false;
		if (w->failed_opens)
			return give_up(w, "cannot connect", w->results.connect_errno);
		if (clock_now() >= limit)
			return give_up(w, "cannot connect within 10 s", ETIMEDOUT);
	}
	return true;
}

static bool send_due(struct worker *w, int64_t now)
{
	while (w->next_intended <= now && w->next_intended < w->end) {
		struct connection *c = &w->connections[w->turn];

		w->turn = w->turn + 1 == w->connection_count ? 0 : w->turn + 1;
		if (connection_request(c, w, w->next_intended))
			return give_up(w, "out of memory", ENOMEM);
		w->next_intended = w->begin + schedule_next(&w->schedule);
	}
	return true;
}

static bool expire(struct worker *w, int64_t now)
{
	for (uint32_t i = 0; i < w->connection_count; i++)
		if (connection_expire(&w->connections[i], w, now))
			return give_up(w, "out of memory", ENOMEM);
	return true;
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void worker_run(struct worker *w, int64_t begin)
{
	int64_t deadline, next_turn, next_expire;
	bool closed_loop = w->options->rate_per_s == 0;

	/* A sleeping thread is otherwise woken up to 50 us late, to save the machine's power. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	w->begin = begin;
	w->start = begin + w->options->warmup_ns;
	w->end = w->start + w->options->duration_ns;
	w->next_intended = closed_loop ? INT64_MAX : begin + schedule_next(&w->schedule);
	deadline = w->end + w->options->drain_ns;
	next_turn = w->start + CLOCK_SECOND_NS;
	next_expire = begin + EXPIRE_EVERY_NS;
	while (clock_now() < begin)
		sched_yield();
	w->started = true;
	for (uint32_t i = 0; closed_loop && i < w->connection_count; i++)
		if (worker_freed(w, &w->connections[i], (uint32_t)w->options->pipeline)) {
			give_up(w, "out of memory", ENOMEM);
			return;
		}
	for (;;) {
		int64_t now = clock_now();

		if (!send_due(w, now))
			return;
		if (now >= next_turn && w->results.second + 1 < w->results.second_count) {
			if (results_turn(&w->results, w->results.second + 1)) {
				give_up(w, "out of memory", ENOMEM);
				return;
			}
			next_turn += CLOCK_SECOND_NS;
		}
		if (now >= next_expire) {
			if (!expire(w, now))
				return;
			next_expire = now + EXPIRE_EVERY_NS;
		}
		if (now >= w->end && (w->outstanding == 0 || now >= deadline))
			break;
		if (!handle(w, earliest(earliest(now >= w->end ? deadline : w->next_intended, next_expire), w->end > now ? w->end : deadline),
			    w->options->spin))
			return;
	}
	if (results_turn(&w->results, w->results.second))
		give_up(w, "out of memory", ENOMEM);
}

void worker_finish(struct worker *w)
{
	for (uint32_t i = 0; i < w->connection_count; i++)
		connection_finish(&w->connections[i], w);
}

uint64_t worker_unfinished(const struct worker *w)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < w->connection_count; i++)
		count += connection_unfinished(&w->connections[i], w);
	return count;
}
