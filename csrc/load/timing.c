#include "timing.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"

/*
 * The kernel rounds a sleep of epoll_pwait2() up by a thousandth, or a two-hundredth when the process is niced, to save
 * wake-ups. So a long one is cut short by more than that, and what is left of it is slept anew.
 */
#define LONG_NS INT64_C(5000000)
#define SHORTER 128

#define MOST_IN_VAIN 63

/* By its number, the same on every architecture, because C libraries before glibc 2.35 have no function for it. */
#define EPOLL_PWAIT2 441

int waiter_open(struct waiter *waiter)
{
	*waiter = (struct waiter){.timer = -1, .armed = INT64_MIN};
	waiter->epoll = epoll_create1(EPOLL_CLOEXEC);
	return waiter->epoll < 0 ? -1 : 0;
}

void waiter_close(struct waiter *waiter)
{
	if (waiter->timer >= 0)
		close(waiter->timer);
	if (waiter->epoll >= 0)
		close(waiter->epoll);
	waiter->timer = waiter->epoll = -1;
}

static int wait_spinning(struct waiter *waiter, struct epoll_event *events, int most, int64_t until)
{
	(void)until;
	return epoll_wait(waiter->epoll, events, most, 0);
}

/* Events, or 0 when none came soon, or when it is not worth trying. */
static int poll_patiently(struct waiter *waiter, struct epoll_event *events, int most, int64_t until)
{
	int64_t limit;
	int count;

	if (waiter->at_once) {
		waiter->at_once--;
		return 0;
	}
	limit = clock_now() + waiter->patience_ns;
	if (limit > until)
		limit = until;
	do {
		count = epoll_wait(waiter->epoll, events, most, 0);
	} while (count == 0 && clock_now() < limit);
	waiter->in_vain = count ? 0 : waiter->in_vain * 2 + 1;
	if (waiter->in_vain > MOST_IN_VAIN)
		waiter->in_vain = MOST_IN_VAIN;
	waiter->at_once = waiter->in_vain;
	return count;
}

static int timer_add(struct waiter *waiter)
{
	struct epoll_event event = {.events = EPOLLIN};

	waiter->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return waiter->timer < 0 ? -1 : epoll_ctl(waiter->epoll, EPOLL_CTL_ADD, waiter->timer, &event);
}

int waiter_steady(struct waiter *waiter)
{
	return waiter->timer >= 0 ? 0 : timer_add(waiter);
}

/* Setting the time again also takes back that the last one has come. */
static int wait_for_timer(struct waiter *waiter, struct epoll_event *events, int most, int64_t until)
{
	struct itimerspec at = {.it_value = {until / CLOCK_SECOND_NS, until % CLOCK_SECOND_NS}};

	if (until != waiter->armed && timerfd_settime(waiter->timer, TFD_TIMER_ABSTIME, &at, NULL))
		return -1;
	waiter->armed = until;
	return epoll_wait(waiter->epoll, events, most, -1);
}

static int wait_sleeping(struct waiter *waiter, struct epoll_event *events, int most, int64_t until)
{
	int64_t left;
	int count;

	if (waiter->patience_ns && (count = poll_patiently(waiter, events, most, until)))
		return count;
	if (waiter->timer >= 0)
		return wait_for_timer(waiter, events, most, until);
	left = until - clock_now();
	if (left < 0)
		left = 0;
	if (left > LONG_NS)
		left -= left / SHORTER;
	/* A struct __kernel_timespec, whose header the build images of manylinux need not have. */
	count = (int)syscall(EPOLL_PWAIT2, waiter->epoll, events, most,
			     &(int64_t[]){left / CLOCK_SECOND_NS, left % CLOCK_SECOND_NS}, NULL, (size_t)0);
	/* Kernels before 5.11 do not have it, and some containers' filters do not know it. */
	if (count < 0 && (errno == ENOSYS || errno == EPERM))
		return timer_add(waiter) ? -1 : wait_for_timer(waiter, events, most, until);
	return count;
}

const struct timing timing_spin = {"spin", wait_spinning};
const struct timing timing_sleep = {"sleep", wait_sleeping};

const struct timing *timing_find(const char *name)
{
	static const struct timing *const all[] = {&timing_spin, &timing_sleep};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
