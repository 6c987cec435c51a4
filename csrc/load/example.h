/*
 * The first bytes or the status of the first answer that was wrong, by kind: a count alone does not say what is at the
 * other end.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EXAMPLE_BYTES 48

enum example_kind { EXAMPLE_GARBAGE, EXAMPLE_STRAY, EXAMPLE_KINDS };

extern const char *const example_names[EXAMPLE_KINDS];

struct example {
	int status; /* 0: none */
	uint32_t lengths[EXAMPLE_KINDS];
	char bytes[EXAMPLE_KINDS][EXAMPLE_BYTES];
};

void example_bytes(struct example *e, enum example_kind kind, const char *bytes, size_t length);
void example_status(struct example *e, int status);
/* Take over what is missing. */
void example_add(struct example *sum, const struct example *more);
