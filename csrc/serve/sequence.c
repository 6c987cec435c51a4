#include "sequence.h"

#include <stdbool.h>
#include <string.h>

static uint64_t *word_of(struct sequence *s, uint64_t number)
{
	return &s->seen[number / 64 % (SEQUENCE_WINDOW / 64)];
}

static uint64_t bit_of(uint64_t number)
{
	return UINT64_C(1) << number % 64;
}

static void jump(struct sequence *s, uint64_t number, struct counters *counters)
{
	counters->gaps++;
	counters->missing += number - s->next;
	if (number - s->next >= SEQUENCE_WINDOW) {
		memset(s->seen, 0, sizeof(s->seen));
		return;
	}
	for (uint64_t skipped = s->next; skipped < number; skipped++)
		*word_of(s, skipped) &= ~bit_of(skipped);
}

void sequence_take(struct sequence *s, uint64_t number, struct counters *counters)
{
	if (number >= s->next) {
		if (number > s->next)
			jump(s, number, counters);
		*word_of(s, number) |= bit_of(number);
		s->next = number + 1;
		return;
	}
	if (s->next - number <= SEQUENCE_WINDOW) {
		if (*word_of(s, number) & bit_of(number)) {
			counters->duplicates++;
			return;
		}
		*word_of(s, number) |= bit_of(number);
	}
	counters->reordered++;
	if (counters->missing)
		counters->missing--;
}
