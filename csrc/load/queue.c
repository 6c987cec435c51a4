#include "queue.h"

#include <stdlib.h>

#define LARGEST (UINT32_C(1) << 30)

void queue_free(struct queue *q)
{
	free(q->times);
	*q = (struct queue){0};
}

static int queue_grow(struct queue *q)
{
	uint32_t size = q->size ? q->size * 2 : QUEUE_SMALLEST;
	int64_t *larger = size <= LARGEST ? malloc(size * sizeof(*larger)) : NULL;

	if (!larger)
		return -1;
	for (uint32_t i = 0; i < q->count; i++)
		larger[i] = queue_at(q, i);
	free(q->times);
	q->times = larger;
	q->size = size;
	q->first = 0;
	return 0;
}

int queue_put(struct queue *q, int64_t time)
{
	if (q->count == q->size && queue_grow(q))
		return -1;
	q->times[(q->first + q->count++) & (q->size - 1)] = time;
	return 0;
}

int64_t queue_take(struct queue *q)
{
	int64_t time = queue_at(q, 0);

	q->first = (q->first + 1) & (q->size - 1);
	q->count--;
	return time;
}
