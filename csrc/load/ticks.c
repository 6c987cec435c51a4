#include "ticks.h"

#include <stdlib.h>

int64_t ticks_length(int64_t duration_ns)
{
	int64_t times = (duration_ns + TICK_SHORTEST_NS * TICKS_MOST - 1) / (TICK_SHORTEST_NS * TICKS_MOST);

	return TICK_SHORTEST_NS * (times > 1 ? times : 1);
}

uint32_t ticks_count(int64_t duration_ns)
{
	int64_t length = ticks_length(duration_ns);

	return (uint32_t)((duration_ns + length - 1) / length);
}

int ticks_init(struct ticks *t, int64_t duration_ns)
{
	t->length_ns = ticks_length(duration_ns);
	t->count = ticks_count(duration_ns);
	t->counts = calloc(t->count, sizeof(*t->counts));
	return t->counts ? 0 : -1;
}

void ticks_free(struct ticks *t)
{
	free(t->counts);
	t->counts = NULL;
}

static uint32_t *find_count(struct ticks *t, int64_t when, int64_t value)
{
	int64_t tick = when / t->length_ns;

	if (value > HISTOGRAM_LARGEST)
		value = HISTOGRAM_LARGEST;
	if (when < 0 || tick >= (int64_t)t->count)
		return NULL;
	return &t->counts[tick][histogram_index(value) >> TICK_STEP_BITS];
}

void ticks_record(struct ticks *t, int64_t when, int64_t value)
{
	uint32_t *count = find_count(t, when, value);

	if (count)
		++*count;
}

void ticks_take_out(struct ticks *t, int64_t when, int64_t value)
{
	uint32_t *count = find_count(t, when, value);

	if (count)
		--*count;
}

int64_t ticks_value(uint32_t bucket)
{
	return histogram_value(bucket << TICK_STEP_BITS);
}
