/*
 * A protocol: what a request looks like, how a response is read, and whether each has its own connection. A transport:
 * how requests are sent and received on a socket, as a stream (stream.h) or as datagrams (datagram.h).
 *
 * A new protocol is a file protocol_NAME.c with such a table, and its line in protocols.def.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "results.h"

struct connection;
struct worker;

/* What became of a connection while its bytes were used. */
/* WAS_STRAY: gone, because the answer that seemed complete was no request's. */
enum outcome { GOES_ON, IS_GONE, WAS_STRAY, OUT_OF_MEMORY = -1 };

struct transport {
	/* The socket is open; NULL if nothing is to be prepared. */
	void (*open)(struct connection *c, struct worker *w);
	/* Send a request; it must fit the pipeline. 1: sent, 0: the socket is full, -1: the connection has failed. */
	int (*send)(struct connection *c, struct worker *w, int64_t intended, int64_t now);
	/* Send what is left of it; as above. */
	int (*write)(struct connection *c, struct worker *w);
	/* Read what is there; 0, or -1 without memory. */
	int (*receive)(struct connection *c, struct worker *w, bool to_the_end);
	/* Count everything under way as failed. */
	void (*fail)(struct connection *c, struct worker *w, enum error_kind kind);
};

struct protocol {
	const char *name;
	const char *summary; /* for --help, without a full stop */
	bool each_its_own; /* a connection for each request */
	bool datagrams;
	/* Runs the whole load in its own way, and returns the exit code; NULL for requests that are answered. */
	int (*run)(const struct options *o);
	/* Options that it takes: --path and --expect-bytes, --request-bytes (and --payload), --response-bytes. */
	bool takes_path;
	bool takes_request_bytes;
	bool takes_response_bytes;
	const struct transport *transport;
	/*
	 * Write the bytes of every request, at most `size`; their number, which may be above `size` (then nothing is of
	 * use).
	 */
	size_t (*request)(const struct options *o, char *buffer, size_t size);
	/* Of streams: use bytes of responses, all that are given. */
	enum outcome (*consume)(struct connection *c, struct worker *w, const char *bytes, size_t length);
	/* Of streams: the peer has closed in good order, which may complete a response; NULL where it never does. */
	enum outcome (*end)(struct connection *c, struct worker *w);
};

/* The protocols of protocols.def, in order; NULL after the last one. */
const struct protocol *protocol_at(size_t index);
/* NULL when there is none of that name. */
const struct protocol *protocol_find(const char *name);
/* Write the names of those that `includes` selects, like "tcp, tcp-crr and udp"; `text`. */
const char *protocol_list(bool (*includes)(const struct protocol *p), char *text, size_t size);
