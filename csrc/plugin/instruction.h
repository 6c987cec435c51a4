/* What an x86-64 instruction does to the flow of control, as far as following calls needs it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow {
	FLOW_NEXT,          /* the instruction after it follows */
	FLOW_REPEAT, /* itself or the one after it: a string instruction with a prefix; QEMU runs a round at a time */
	FLOW_BRANCH, /* `target` or the one after it */
	FLOW_JUMP, /* `target` */
	FLOW_JUMP_INDIRECT, /* anywhere */
	FLOW_CALL, /* `target`, and back */
	FLOW_CALL_INDIRECT, /* anywhere, and back */
	FLOW_RETURN,
	FLOW_INTERRUPT_RETURN,
	FLOW_SYSTEM_CALL,
};

struct instruction {
	enum flow flow;
	uint64_t target;
};

/* Decodes the instruction of `size` bytes at `address`. Bytes that are none are FLOW_NEXT. */
struct instruction instruction_decode(const uint8_t *bytes, size_t size, uint64_t address);

/*
 * Whether it is `mov disp32(%rsi), %rsp`: how Linux takes up the stack of the task it switches to, whose task_struct is
 * in %rsi.
 */
bool instruction_switches_task(const uint8_t *bytes, size_t size);

/* What a load does where its recorded time begins and ends (csrc/load/marks.h). */
bool instruction_marks_begin(const uint8_t *bytes, size_t size);
bool instruction_marks_end(const uint8_t *bytes, size_t size);
