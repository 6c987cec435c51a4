#include "schedule.h"

#include <math.h>

#include "../base/clock.h"

/* Behind the end of any load, and far from what 64 bits can count: a request of a very low rate is never due. */
#define NEVER_S 1e9
#define NEVER_NS ((int64_t)NEVER_S * CLOCK_SECOND_NS)

static uint64_t random_split(uint64_t *state)
{
	/* splitmix64, to fill the generator's state from one seed (Steele, Lea, Flood 2014). */
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t random_rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t random_next(uint64_t s[4])
{
	/* xoshiro256++ (Blackman, Vigna 2019). */
	uint64_t result = random_rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = random_rotate(s[3], 45);
	return result;
}

static double exponential(struct schedule *s)
{
	/* 53 random bits to (0, 1]; never the logarithm of 0. */
	double uniform = ((double)(random_next(s->random) >> 11) + 1.0) * 0x1p-53;

	return -log(uniform) * 1e9 / s->rate_per_s * s->per_thread;
}

void schedule_init(struct schedule *s, bool poisson, double rate_per_s, uint64_t thread, uint64_t threads,
		   uint64_t connections, uint64_t seed)
{
	uint64_t state = seed ^ (thread * UINT64_C(0xd1342543de82ef95));

	*s = (struct schedule){
		.poisson = poisson,
		.rate_per_s = rate_per_s,
		.turn = thread,
		.thread = thread,
		.threads = threads,
		.connections = connections,
		.per_thread = (double)connections / (double)schedule_connections(thread, threads, connections),
	};
	for (int i = 0; i < 4; i++)
		s->random[i] = random_split(&state);
	s->at_ns = poisson ? exponential(s) : 0;
}

/*
 * Whole seconds apart from the rest, with no gap that is rounded and then multiplied: number * (1e9 / rate) comes out a
 * nanosecond early for one rate in ten when the number is a multiple of it, and a second would have a request too many.
 */
static int64_t even_time(uint64_t number, double rate_per_s)
{
	double whole = floor((double)number / rate_per_s);
	double rest = fma(-whole, rate_per_s, (double)number);

	if (whole >= NEVER_S)
		return NEVER_NS;
	return (int64_t)whole * CLOCK_SECOND_NS + (int64_t)(rest * 1e9 / rate_per_s);
}

int64_t schedule_next(struct schedule *s)
{
	int64_t at;

	if (s->poisson) {
		at = s->at_ns < (double)NEVER_NS ? (int64_t)s->at_ns : NEVER_NS;
		s->at_ns += exponential(s);
		return at;
	}
	at = even_time(s->round + s->turn, s->rate_per_s);
	s->turn += s->threads;
	if (s->turn >= s->connections) {
		s->turn = s->thread;
		s->round += s->connections;
	}
	return at;
}
