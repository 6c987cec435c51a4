/* Intended times that wait for their connection: a ring that grows, since nothing is ever left out. */
#pragma once

#include <stdint.h>

/* Times that a queue has room for when it is first used. */
#define QUEUE_SMALLEST 16

struct queue {
	int64_t *times;
	uint32_t size; /* a power of two, or 0 */
	uint32_t first;
	uint32_t count;
};

void queue_free(struct queue *q);
/* 0, or -1 without memory. */
int queue_put(struct queue *q, int64_t time);
/* The one that has waited longest; the queue must not be empty. */
int64_t queue_take(struct queue *q);

static inline int64_t queue_at(const struct queue *q, uint32_t index)
{
	return q->times[(q->first + index) & (q->size - 1)];
}
