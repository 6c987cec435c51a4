/* The plugin's parts without QEMU, for tests to ask. Lines on standard input:
 *
 *   decode ADDRESS BYTES            -> FLOW TARGET SWITCHES BEGINS ENDS, the bytes in hexadecimal
 *   block NAME ADDRESS BYTES...     a block of these instructions, one after the other
 *   run NAME...                     enters these blocks in turn
 *   switch TASK                     the CPU takes up a task's stack
 *   arm | begin | end | disarm      as an order and a load's marks do
 *   print                           -> counts.h's lines and the doubts */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../calls.h"
#include "../counts.h"
#include "../instruction.h"

enum { NAMES = 64, LONGEST = 15 };

static struct {
	char name[32];
	struct block *block;
} known[NAMES];
static unsigned names;

static char *word(void)
{
	return strtok(NULL, " \n");
}

static uint64_t number(void)
{
	char *text = word();
	return text ? strtoull(text, NULL, 16) : 0;
}

static size_t bytes_of(const char *text, uint8_t bytes[LONGEST])
{
	size_t size = 0;
	for (; text[2 * size] && size < LONGEST; size++) {
		unsigned byte = 0;
		sscanf(text + 2 * size, "%2x", &byte);
		bytes[size] = (uint8_t)byte;
	}
	return size;
}

static void decode(void)
{
	const uint64_t address = number();
	uint8_t bytes[LONGEST];
	const size_t size = bytes_of(word(), bytes);
	const struct instruction found = instruction_decode(bytes, size, address);
	printf("%d %" PRIx64 " %d %d %d\n", (int)found.flow, found.target, instruction_switches_task(bytes, size),
	       instruction_marks_begin(bytes, size), instruction_marks_end(bytes, size));
}

static void add(void)
{
	if (names == NAMES)
		exit(2);
	snprintf(known[names].name, sizeof(known[names].name), "%s", word());
	uint64_t address = number();
	char *texts[64];
	unsigned count = 0;
	while (count < 64 && (texts[count] = word()))
		count++;
	struct block *block = block_new(count);
	block->start = address;
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[LONGEST];
		const size_t size = bytes_of(texts[i], bytes);
		const struct instruction found = instruction_decode(bytes, size, address);
		block->offsets[i] = (uint16_t)(address - block->start);
		block->last = address;
		block->flow = found.flow;
		block->target = found.target;
		address += size;
	}
	block->end = address;
	known[names++].block = block;
}

static void run(void)
{
	for (char *name; (name = word());) {
		unsigned at = 0;
		while (at < names && strcmp(known[at].name, name))
			at++;
		if (at == names)
			exit(3);
		calls_enter(known[at].block);
	}
}

static void print(void)
{
	const uint64_t total = counts_write(stdout);
	const struct calls_doubts doubts = calls_doubts();
	printf("total %" PRIu64 "\nreturns %" PRIu64 "\ndeep %" PRIu64 "\ncorrected %" PRIu64 "\n", total,
	       doubts.returns, doubts.deep, doubts.corrected);
}

int main(void)
{
	char line[4096];
	while (fgets(line, sizeof(line), stdin)) {
		const char *order = strtok(line, " \n");
		if (!order)
			continue;
		if (!strcmp(order, "decode"))
			decode();
		else if (!strcmp(order, "block"))
			add();
		else if (!strcmp(order, "run"))
			run();
		else if (!strcmp(order, "switch"))
			calls_switch(number());
		else if (!strcmp(order, "arm"))
			calls_arm();
		else if (!strcmp(order, "begin"))
			calls_mark_begin();
		else if (!strcmp(order, "end"))
			calls_mark_end();
		else if (!strcmp(order, "disarm"))
			calls_disarm();
		else if (!strcmp(order, "print"))
			print();
		else
			return 4;
		fflush(stdout);
	}
	return 0;
}
