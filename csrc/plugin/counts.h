/*
 * Executed instructions by where and under which calls: a tree of calls, and a counter for each node of it and block of
 * code.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct node {
	struct node *parent; /* NULL of the root */
	uint64_t from; /* where the call returns to; 0 of the root */
	uint64_t number;
};

struct counter {
	struct node *node;
	uint64_t address; /* first instruction of the block; 0 stands for all code of user space */
	int64_t instructions;
};

/* The root: code that nothing called, as far as it was seen. */
struct node *counts_root(void);

/*
 *  The node for a call made in `parent` that returns to `from`. Both end the process when there is no memory: QEMU
 * offers a plugin no way to fail later.
 */
struct node *counts_call(struct node *parent, uint64_t from);
struct counter *counts_at(struct node *node, uint64_t address);

void counts_clear(void);

/*
 *  Writes `node NUMBER PARENT RETURN-ADDRESS` and `count NODE ADDRESS INSTRUCTIONS` lines, addresses in hexadecimal,
 * nodes before what refers to them. Returns the sum of the instructions.
 */
uint64_t counts_write(FILE *out);
