/*
 * The first bytes, the status or the length of the first answer that was wrong, by kind: a count alone does not say what is at the
 * other end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXAMPLE_BYTES 48

enum example_kind { EXAMPLE_GARBAGE, EXAMPLE_STRAY, EXAMPLE_KINDS };

extern const char *const example_names[EXAMPLE_KINDS];

struct example {
	int status; /* 0: none */
	bool has_length;
	uint64_t length; /* in bytes, of a body or a datagram */
	uint32_t lengths[EXAMPLE_KINDS];
	char bytes[EXAMPLE_KINDS][EXAMPLE_BYTES];
};

void example_bytes(struct example *e, enum example_kind kind, const char *bytes, size_t length);
void example_status(struct example *e, int status);
void example_length(struct example *e, uint64_t length);
/* Take over what is missing. */
void example_add(struct example *sum, const struct example *more);
