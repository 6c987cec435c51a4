#include "sequence.h"

#include <stdbool.h>
#include <string.h>

static uint64_t *find_word(struct sequence *s, uint64_t number)
{
	return &s->seen[number / 64 % (SEQUENCE_WINDOW / 64)];
}

static uint64_t mask_bit(uint64_t number)
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
		*find_word(s, skipped) &= ~mask_bit(skipped);
}

void sequence_take(struct sequence *s, uint64_t number, struct counters *counters)
{
	if (number >= s->next) {
		if (number > s->next)
			jump(s, number, counters);
		*find_word(s, number) |= mask_bit(number);
		s->next = number + 1;
		return;
	}
	if (s->next - number <= SEQUENCE_WINDOW) {
		if (*find_word(s, number) & mask_bit(number)) {
			counters->duplicates++;
			return;
		}
		*find_word(s, number) |= mask_bit(number);
	}
	counters->reordered++;
	if (counters->missing)
		counters->missing--;
}
