#include "counts.h"

#include <stdlib.h>
#include <string.h>

/* Everything stays where it was allocated, since blocks keep pointers to their counters; the tables only find it. */
enum { CHUNK = 4096 };

struct table {
	void **slots;
	size_t size; /* a power of two */
	size_t used;
};

static struct node root;
static uint64_t nodes = 1;
static struct table node_table, counter_table;

static void *must(void *memory)
{
	if (memory == NULL) {
		fputs("barewire: no memory to count in\n", stderr);
		exit(1);
	}
	return memory;
}

static uint64_t mix(uint64_t owner, uint64_t address)
{
	uint64_t hash = (owner ^ (address * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
	return hash ^ (hash >> 32);
}

static void **find(struct table *table, uint64_t hash, int (*same)(const void *, uint64_t, uint64_t), uint64_t owner,
		   uint64_t address)
{
	for (size_t at = hash & (table->size - 1);; at = (at + 1) & (table->size - 1))
		if (table->slots[at] == NULL || same(table->slots[at], owner, address))
			return &table->slots[at];
}

static void grow(struct table *table, uint64_t (*hash)(const void *))
{
	if (table->used * 2 < table->size)
		return;
	struct table larger = {NULL, table->size ? table->size * 2 : 1 << 14, table->used};
	larger.slots = must(calloc(larger.size, sizeof(*larger.slots)));
	for (size_t i = 0; i < table->size; i++) {
		if (table->slots[i] != NULL) {
			size_t at = hash(table->slots[i]) & (larger.size - 1);
			while (larger.slots[at] != NULL)
				at = (at + 1) & (larger.size - 1);
			larger.slots[at] = table->slots[i];
		}
	}
	free(table->slots);
	*table = larger;
}

static void *take(void **chunk, size_t *left, size_t size)
{
	if (*left == 0) {
		*chunk = must(calloc(CHUNK, size));
		*left = CHUNK;
	}
	return (char *)*chunk + size * (CHUNK - (*left)--);
}

static int same_node(const void *thing, uint64_t owner, uint64_t address)
{
	const struct node *node = thing;
	return node->from == address && node->parent->number == owner;
}

static uint64_t hash_node(const void *thing)
{
	const struct node *node = thing;
	return mix(node->parent->number, node->from);
}

static int same_counter(const void *thing, uint64_t owner, uint64_t address)
{
	const struct counter *counter = thing;
	return counter->address == address && counter->node->number == owner;
}

static uint64_t hash_counter(const void *thing)
{
	const struct counter *counter = thing;
	return mix(counter->node->number, counter->address);
}

struct node *counts_root(void)
{
	return &root;
}

struct node *counts_call(struct node *parent, uint64_t from)
{
	static void *chunk;
	static size_t left;
	grow(&node_table, hash_node);
	void **slot = find(&node_table, mix(parent->number, from), same_node, parent->number, from);
	if (*slot == NULL) {
		struct node *node = take(&chunk, &left, sizeof(*node));
		*node = (struct node){parent, from, nodes++};
		*slot = node;
		node_table.used++;
	}
	return *slot;
}

struct counter *counts_at(struct node *node, uint64_t address)
{
	static void *chunk;
	static size_t left;
	grow(&counter_table, hash_counter);
	void **slot = find(&counter_table, mix(node->number, address), same_counter, node->number, address);
	if (*slot == NULL) {
		struct counter *counter = take(&chunk, &left, sizeof(*counter));
		*counter = (struct counter){node, address, 0};
		*slot = counter;
		counter_table.used++;
	}
	return *slot;
}

void counts_clear(void)
{
	for (size_t i = 0; i < counter_table.size; i++) {
		struct counter *counter = counter_table.slots[i];
		if (counter != NULL)
			counter->instructions = 0;
	}
}

/* Only what lies above a counter is written, each node once and after its parent. */
static void write_node(FILE *out, const struct node *node, char *written)
{
	if (node->parent == NULL || written[node->number])
		return;
	write_node(out, node->parent, written);
	written[node->number] = 1;
	fprintf(out, "node %llu %llu %llx\n", (unsigned long long)node->number,
		(unsigned long long)node->parent->number, (unsigned long long)node->from);
}

uint64_t counts_write(FILE *out)
{
	uint64_t sum = 0;
	char *written = must(calloc(nodes, 1));
	for (size_t i = 0; i < counter_table.size; i++) {
		const struct counter *counter = counter_table.slots[i];
		if (counter != NULL && counter->instructions > 0) {
			write_node(out, counter->node, written);
			fprintf(out, "count %llu %llx %lld\n", (unsigned long long)counter->node->number,
				(unsigned long long)counter->address, (long long)counter->instructions);
			sum += (uint64_t)counter->instructions;
		}
	}
	free(written);
	return sum;
}
