#include "example.h"

#include <string.h>

const char *const example_names[EXAMPLE_KINDS] = {"garbage", "stray"};

void example_bytes(struct example *e, enum example_kind kind, const char *bytes, size_t length)
{
	if (e->lengths[kind])
		return;
	e->lengths[kind] = length < EXAMPLE_BYTES ? (uint32_t)length : EXAMPLE_BYTES;
	memcpy(e->bytes[kind], bytes, e->lengths[kind]);
}

void example_status(struct example *e, int status)
{
	if (!e->status)
		e->status = status;
}

void example_length(struct example *e, uint64_t length)
{
	if (!e->has_length)
		e->length = length;
	e->has_length = true;
}

void example_add(struct example *sum, const struct example *more)
{
	example_status(sum, more->status);
	if (more->has_length)
		example_length(sum, more->length);
	for (int kind = 0; kind < EXAMPLE_KINDS; kind++)
		example_bytes(sum, (enum example_kind)kind, more->bytes[kind], more->lengths[kind]);
}
