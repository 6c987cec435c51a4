#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 256, TASKS = 1 << 12, ENTRIES = 1 << 10 };

/* A call or an interruption that is under way. */
struct frame {
	struct node *node; /* under which the caller ran */
	uint64_t from;     /* where it returns to; 0 of an interruption */
	struct block *interrupted;
	struct counter *counter; /* of the interrupted block */
};

struct stack {
	uint64_t task;
	struct stack *next; /* in its bucket */
	struct node *node;
	unsigned depth;
	unsigned below; /* calls deeper than DEPTH */
	struct frame frames[DEPTH];
};

static struct stack *stacks[TASKS];
static struct stack first;
static struct stack *now = &first;
static struct block *previous;
static struct counter *counted; /* what counted it */
static bool switched;           /* and nothing has returned yet */
static bool counting, armed;
static struct calls_doubts doubts;

/*
 *  Where the CPU goes on interrupts and faults. Learnt: what comes between two blocks that do not follow each other, or
 * after code of user space that made no system call.
 */
static uint64_t entries[ENTRIES];

static bool in_user_space(const struct block *block)
{
	return block->start >> 63 == 0;
}

static uint64_t *entry_slot(uint64_t address)
{
	size_t at = (address * 0x9e3779b97f4a7c15u) >> 54;
	for (size_t tried = 0; tried < ENTRIES; tried++, at = (at + 1) % ENTRIES)
		if (entries[at] == 0 || entries[at] == address)
			return &entries[at];
	return NULL;
}

static void learn_entry(uint64_t address)
{
	uint64_t *slot = entry_slot(address);
	if (slot != NULL)
		*slot = address;
}

static bool is_entry(uint64_t address)
{
	const uint64_t *slot = entry_slot(address);
	return slot != NULL && *slot == address;
}

struct block *block_new(unsigned instructions)
{
	struct block *block = calloc(1, sizeof(*block) + instructions * sizeof(block->offsets[0]));
	if (block == NULL) {
		fputs("barewire: no memory for a block of code\n", stderr);
		exit(1);
	}
	block->instructions = instructions;
	return block;
}

static struct node *current(void)
{
	if (now->node == NULL)
		now->node = counts_root();
	return now->node;
}

static void push(struct frame frame)
{
	if (now->depth == DEPTH) {
		now->below++;
		doubts.deep += counting;
		return;
	}
	now->frames[now->depth++] = frame;
}

static void pop_to(unsigned depth)
{
	now->depth = depth;
	now->below = 0;
	now->node = now->frames[depth].node;
}

static void clear(void)
{
	now->depth = 0;
	now->below = 0;
	now->node = counts_root();
}

static void call(uint64_t from)
{
	push((struct frame){.node = current(), .from = from});
	if (now->below == 0)
		now->node = counts_call(now->node, from);
}

static void interrupt(struct block *block, struct counter *counter)
{
	push((struct frame){.node = current(), .interrupted = block, .counter = counter});
	now->node = counts_root();
}

static void return_to(uint64_t address)
{
	if (now->below > 0) {
		now->below--;
		return;
	}
	for (unsigned depth = now->depth; depth-- > 0;) {
		if (now->frames[depth].from == address) {
			pop_to(depth);
			return;
		}
	}
	if (switched) /* a task that begins, on the stack of one that ended */
		clear();
	else if (now->depth > 0)
		doubts.returns += counting;
}

static bool follows(const struct block *block, uint64_t address)
{
	switch (block->flow) {
	case FLOW_NEXT: return address == block->end;
	case FLOW_REPEAT: return address == block->last || address == block->end;
	case FLOW_BRANCH: return address == block->target || address == block->end;
	case FLOW_JUMP:
	case FLOW_CALL: return address == block->target;
	case FLOW_RETURN: return (now->depth > 0 && now->frames[now->depth - 1].from == address) || !is_entry(address);
	default: return !is_entry(address);
	}
}

/*
 * Puts right the count of a block that was left before its end, if `address` is where it goes on; returns whether it
 * was.
 */
static bool left_early(const struct block *block, struct counter *counter, uint64_t address)
{
	if (address < block->start || address > block->last || block->flow == FLOW_INTERRUPT_RETURN)
		return false;
	for (unsigned i = 0; i < block->instructions; i++) {
		if (block->start + block->offsets[i] == address) {
			if (counting && counter != NULL) {
				counter->instructions -= block->instructions - i;
				doubts.corrected++;
			}
			return true;
		}
	}
	return false;
}

static void from_kernel(struct block *left, struct counter *counter, uint64_t address)
{
	bool resumed = false;
	if (left->flow == FLOW_INTERRUPT_RETURN && address != left->end) {
		for (unsigned depth = now->depth; depth-- > 0;) {
			if (now->frames[depth].interrupted != NULL) {
				left = now->frames[depth].interrupted;
				counter = now->frames[depth].counter;
				pop_to(depth);
				resumed = true;
				break;
			}
		}
		if (!resumed)
			return;
	}
	if (!follows(left, address)) {
		/* What a fault resumes elsewhere was repaired by the kernel, and is no interrupt. */
		if (!left_early(left, counter, address) && (!resumed || is_entry(address))) {
			learn_entry(address);
			interrupt(left, counter);
		}
		return;
	}
	if (left->flow == FLOW_CALL || left->flow == FLOW_CALL_INDIRECT) {
		call(left->end);
	} else if (left->flow == FLOW_RETURN) {
		return_to(address);
		switched = false;
	}
}

static void follow(const struct block *block)
{
	if (in_user_space(block)) {
		if (!in_user_space(previous)) {
			const struct frame *entered = now->depth > 0 ? &now->frames[0] : NULL;
			if (entered != NULL && entered->interrupted != NULL &&
			    !follows(entered->interrupted, block->start)) {
				(void)left_early(entered->interrupted, entered->counter, block->start);
			}
			clear();
		}
		return;
	}
	if (!in_user_space(previous)) {
		from_kernel(previous, counted, block->start);
		return;
	}
	if (previous->flow != FLOW_SYSTEM_CALL)
		learn_entry(block->start);
	clear();
	interrupt(previous, counted);
}

void calls_enter(struct block *block)
{
	if (previous != NULL)
		follow(block);
	if (counting) {
		if (block->node != current() || block->counter == NULL) {
			block->node = now->node;
			block->counter = counts_at(now->node, in_user_space(block) ? 0 : block->start);
		}
		block->counter->instructions += block->instructions;
	}
	previous = block;
	counted = counting ? block->counter : NULL;
}

void calls_switch(uint64_t task)
{
	struct stack **at = &stacks[(task * 0x9e3779b97f4a7c15u) >> 52];
	while (*at != NULL && (*at)->task != task)
		at = &(*at)->next;
	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		if (*at == NULL) {
			fputs("barewire: no memory for the calls of a task\n", stderr);
			exit(1);
		}
		(*at)->task = task;
	}
	now = *at;
	switched = true;
}

void calls_arm(void)
{
	counts_clear();
	doubts = (struct calls_doubts){0};
	counting = false;
	armed = true;
}

void calls_disarm(void)
{
	counting = armed = false;
}

void calls_mark_begin(void)
{
	/* A second mark of one load must not end what the first began. */
	counting = counting || armed;
	armed = false;
}

void calls_mark_end(void)
{
	counting = false;
}

struct calls_doubts calls_doubts(void)
{
	return doubts;
}
