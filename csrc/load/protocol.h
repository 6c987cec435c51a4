/*
 * A protocol: what a request looks like, how a response is read, and whether each has a connection of its own.
 *
 * A new protocol is a file with one such table and its line in protocol_find().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http.h"
#include "options.h"

struct protocol {
	const char *name;
	bool each_its_own;
	/* The bytes of every request; their number, or -1 when they do not fit. */
	int (*request)(const struct options *o, char *buffer, size_t size);
	enum http_result (*read)(struct http_reader *r, const char *bytes, size_t length, size_t *used);
};

/* NULL when there is none of that name. */
const struct protocol *protocol_find(const char *name);
