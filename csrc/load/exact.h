/*
 * Values without rounding, for a counted clock: a histogram's bucket is a thousandth wide, and where the clock counts
 * instructions the thousandth is the question.
 *
 * Room is made and touched before the load begins, so that recording never asks the kernel for a page. No load may have
 * more values than EXACT_MOST; a closed loop is taken to need EXACT_SHORTEST_NS of its thread for each, less than two
 * system calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

#define EXACT_MOST (UINT32_C(1) << 22)
#define EXACT_SHORTEST_NS 500

/* A cycle is from one answer of a thread to its next: of a closed loop with one connection all that a request takes. */
enum exact_kind { EXACT_LATENCY, EXACT_SERVICE, EXACT_CYCLE, EXACT_KINDS };

extern const char *const exact_names[EXACT_KINDS];

struct exact {
	int64_t *values[EXACT_KINDS];
	uint32_t counts[EXACT_KINDS];
	uint32_t room;
	bool full; /* a value found no room */
	int64_t last; /* when the last answer came; 0: none yet */
	/* Of a closed loop: just before the first recorded request, and after the last answer; 0: not yet. */
	int64_t began;
	int64_t ended;
	int64_t idle_before; /* exact_idle() at these two times, -1 in other threads than the first */
	int64_t idle_after;
	uint64_t answers; /* between the two, recorded or not */
	uint64_t
		partial; /* requests of other connections that were under way when it began: on average half of each lies outside */
};

/* How many values of a kind a load of these options can have in one thread; 0 without --exact. */
uint64_t exact_room(const struct options *o);
/* 0, or -1 without memory. */
int exact_init(struct exact *e, const struct options *o);
void exact_free(struct exact *e);
/*
 * Record the time and, for the `first` thread, how long the CPU has been idle. With one connection nothing is under way
 * at either moment, so the instructions between them are whole requests. Reading takes some 300,000 instructions, which
 * lie outside.
 */
void exact_begin(struct exact *e, bool first);
void exact_end(struct exact *e, bool first);
/* An answer came `now` to what was intended and sent then. */
void exact_answer(struct exact *e, int64_t intended, int64_t sent, int64_t now);
/* No answer came `now`: as a latency and, if it was sent at all (not 0), a service time; it ends no cycle. */
void exact_lost(struct exact *e, int64_t intended, int64_t sent, int64_t now);
/* All values of `count` threads as `"NAME":[[VALUE,TIMES],...],...`, in order; 0, or -1 without memory. */
int exact_write(const struct exact *const *threads, int count);

/*
 * Nanoseconds that the CPU has been idle since boot, as the kernel counts them for its own timers (/proc/timer_list);
 * -1 where it is not reported (to other users than root, or by a kernel whose timer never stops), and where there are
 * several CPUs: each is booked when it wakes, so the idle time between two readings may be another's than of that span.
 */
int64_t exact_idle(void);
/* `"idle_ns":N,"span_ns":N}` of what was taken down at two times; idle is null where either is -1. */
void exact_write_idle(int64_t idle_before, int64_t idle_after, int64_t span_ns);
