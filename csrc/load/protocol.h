/*
 * A protocol: what a request looks like, how a response is read, and whether each has a connection of its own.
 *
 * A new protocol is a file with such a table and its line in protocol_find().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"
#include "options.h"

struct protocol {
	const char *name;
	bool each_its_own; /* a connection for each request */
	bool datagrams;
	/* Runs the whole load in its own way, and returns the exit code; NULL for requests that are answered. */
	int (*run)(const struct options *o);
	bool sized; /* takes --request-bytes and --response-bytes; else HTTP's --path and --expect-bytes */
	/*
	 * Write the bytes of every request, at most `size`; their number, which may be above `size` (then nothing is of
	 * use).
	 */
	size_t (*request)(const struct options *o, char *buffer, size_t size);
	/* Read what is there; 0, or -1 without memory. */
	int (*receive)(struct connection *c, struct worker *w, bool to_the_end);
	/* Of streams: use bytes of responses, all that are given. */
	enum outcome (*consume)(struct connection *c, struct worker *w, const char *bytes, size_t length);
	/* Of streams: the peer has closed in good order, which may complete a response; NULL where it never does. */
	enum outcome (*end)(struct connection *c, struct worker *w);
};

extern const struct protocol protocol_http;
extern const struct protocol protocol_connect;
extern const struct protocol protocol_tcp;
extern const struct protocol protocol_tcp_crr;
extern const struct protocol protocol_udp;
extern const struct protocol protocol_packets;

/* NULL when there is none of that name. */
const struct protocol *protocol_find(const char *name);
