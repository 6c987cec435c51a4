/*
 *  Follows one CPU from block to block and knows at any moment under which calls it is.
 *
 * There are no registers to look at, but the flow of control shows enough: a block that ends in a call pushes, one that
 * ends in a return pops. A block that nothing explains is the first of an interrupt or a fault; what it interrupted is
 * kept until the interrupt returns. Linux's switch of tasks shows whose stack is taken up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "instruction.h"

/*
 * A run of instructions that QEMU translates as one. It may be left before its end, by a fault or after access to a
 * device.
 */
struct block {
	uint64_t start;
	uint64_t last; /* where the last instruction begins */
	uint64_t end;
	uint64_t target;
	enum flow flow; /* of the last instruction */
	unsigned instructions;
	const struct node *node; /* under which it ran last, and what counted it then */
	struct counter *counter;
	uint16_t offsets[]; /* where each instruction begins, from `start` */
};

struct block *block_new(unsigned instructions);

/* What did not fit while it was counted. */
struct calls_doubts {
	uint64_t returns; /* to a place that nobody called from */
	uint64_t deep; /* calls below the depth that is followed */
	uint64_t corrected; /* blocks left early, whose count was put right */
};

void calls_enter(struct block *block);

/* The CPU takes up the stack of the task that `task` stands for. */
void calls_switch(uint64_t task);

/* Clears the counters, and counts what runs between the next two marks of a load. */
void calls_arm(void);

/* Counts no longer, whatever marks come. */
void calls_disarm(void);

/* A load begins its recorded time, or ends it; without effect unless armed. */
void calls_mark_begin(void);
void calls_mark_end(void);
struct calls_doubts calls_doubts(void);
