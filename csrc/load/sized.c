#include "sized.h"

#include <string.h>

#include "exchange.h"
#include "worker.h"

size_t sized_fill(const struct options *o, char *buffer, size_t size)
{
	size_t length = (size_t)o->request_bytes;

	if (length < size)
		size = length;
	if (size && !o->payload)
		memset(buffer, 'b', size);
	for (uint64_t i = 0, state = o->payload; state && i < size; i++) {
		/* Marsaglia's xorshift64: never 0 again once it is not. */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		buffer[i] = (char)(state >> 56);
	}
	return length;
}

enum outcome sized_consume(struct connection *c, struct worker *w, const char *bytes, size_t length)
{
	uint64_t size = (uint64_t)w->options->response_bytes;

	if (c->under_way_count == 0) {
		example_bytes(&w->results.example, EXAMPLE_STRAY, bytes, length);
		return exchange_stray(c, w);
	}
	/*
	 * More than all that is under way can be answered with: the server's answers are longer, or a surplus one came
	 * with the right one.
	 */
	if (length > c->under_way_count * size - c->reader.got) {
		connection_withdraw_doubtful(c, w);
		return exchange_fail(c, w, ERROR_LENGTH);
	}
	while (length) {
		uint64_t left = size - c->reader.got;
		enum outcome outcome;

		if (length < left) {
			c->reader.got += length;
			break;
		}
		length -= left;
		c->reader.got = 0;
		outcome = exchange_complete(c, w, NO_ERROR, false, false);
		if (outcome == WAS_STRAY)
			example_bytes(&w->results.example, EXAMPLE_STRAY, bytes, left);
		if (outcome != GOES_ON)
			return outcome;
		bytes += left;
	}
	return GOES_ON;
}
