#include "stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../base/clock.h"

/* Twice as long as a thread takes to look. */
#define AHEAD_NS (2 * STOP_LOOK_NS)

static _Atomic int64_t end_time;

static void set_end_time(int number)
{
	(void)number;
	if (!atomic_load_explicit(&end_time, memory_order_relaxed))
		atomic_store_explicit(&end_time, clock_now() + AHEAD_NS, memory_order_relaxed);
}

int stop_watch(void)
{
	struct sigaction before, action = {.sa_handler = set_end_time, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGINT, &action, NULL) || sigaction(SIGTERM, &action, NULL) || sigaction(SIGHUP, NULL, &before))
		return -1;
	/* As under nohup. A terminal that is lost may say so more than once. */
	if (before.sa_handler == SIG_IGN)
		return 0;
	action.sa_flags = 0;
	return sigaction(SIGHUP, &action, NULL);
}

int64_t stop_time(void)
{
	return atomic_load_explicit(&end_time, memory_order_relaxed);
}

int stop_report_nothing(void)
{
	fputs("barewire-load: interrupted before anything was recorded.\n", stderr);
	return STOP_INTERRUPTED;
}
