/*
 * How a thread waits until something arrives or its next request is due.
 *
 * `spin` polls without pause: no wake-up is part of a latency, and a core is spent. `sleep` asks the kernel to be woken
 * at a time in nanoseconds; where answers come one upon the other it polls for a moment first (`patience_ns`), because
 * a sleeper must be woken, and the server would pay for that: the fewer microseconds a client needs, the more the same
 * server would seem to cost. Polling that was in vain is not repeated soon, so that it costs nothing where answers take
 * their time. A new way is a file with one such table and its line in timing_find().
 */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

struct waiter {
	int epoll;
	int timer;           /* a timerfd where one is wanted, or the kernel has no epoll_pwait2(); else -1 */
	int64_t patience_ns; /* poll for so long before sleeping; 0: never */
	uint32_t in_vain;    /* how many times to sleep at once after the next time that polling was in vain */
	uint32_t at_once;    /* how many times to do so still */
	int64_t armed;       /* when the timer is to come; INT64_MIN: not set */
};

struct timing {
	const char *name;
	/*
	 * Events, at most `most`, or none when it may be that `until` (of the monotonic clock) has come: the caller
	 * looks and waits again. -1 and errno. An event whose data.ptr is NULL means only that the time has come.
	 */
	int (*wait)(struct waiter *waiter, struct epoll_event *events, int most, int64_t until);
};

extern const struct timing timing_spin;
extern const struct timing timing_sleep;

/*
 * Sleep by a timer that is set only when its time changes, so that no wait differs from the one before; 0, or -1 and
 * errno.
 */
int waiter_steady(struct waiter *waiter);
/* 0, or -1 and errno. */
int waiter_open(struct waiter *waiter);
void waiter_close(struct waiter *waiter);
/* NULL when there is none of that name. */
const struct timing *timing_find(const char *name);
