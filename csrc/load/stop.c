#include "stop.h"

#include <signal.h>
#include <stdatomic.h>

#include "clock.h"

/* Twice as long as a thread takes to look. */
#define AHEAD_NS INT64_C(100000000)

static _Atomic int64_t asked;

static void ask(int number)
{
	(void)number;
	atomic_store_explicit(&asked, clock_now() + AHEAD_NS, memory_order_relaxed);
}

int stop_watch(void)
{
	struct sigaction action = {.sa_handler = ask, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	return sigaction(SIGINT, &action, NULL);
}

int64_t stop_asked(void)
{
	return atomic_load_explicit(&asked, memory_order_relaxed);
}
