/*
 * An accepted connection of a stream service: reading in turns, writing what the peer has room for.
 *
 * What is read is given to the service's reader at once and not kept, but for HTTP requests that are not whole yet. A
 * peer that does not take its answers is not read from until it does, so that a connection never holds more than one
 * buffer.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "worker.h"

/* What connections of a service do with bytes: use those that came, and go on writing now that the peer has room. */
struct stream {
	void (*read)(struct worker *w, struct connection *c, const char *bytes, size_t length);
	void (*write)(struct worker *w, struct connection *c);
};

struct connection {
	struct watched watched;
	struct endpoint *endpoint;
	struct connection *next, *previous; /* all of the thread */
	struct connection *next_again;
	int fd;
	bool in_line;  /* stands among `again` */
	bool dead;     /* closed, and freed once it is out of the line */
	bool blocked;  /* the peer takes no more for now */
	bool draining; /* answered for the last time; what still comes is read and forgotten */
	uint32_t drained;
	/* http */
	const char *rest; /* of the answer under way */
	size_t rest_length;
	bool last; /* close after the answer under way */
	uint64_t body_left; /* of the request under way: what is still to come of its body, and then its answer */
	struct iovec pending;
	char *held; /* what was read and is no whole request yet, or waits for the peer to take answers */
	size_t held_length;
	/* tcp */
	uint64_t partial; /* bytes of a request that is not whole */
	uint64_t owed;    /* bytes of answers */
};

/* The `ready` of a listener. */
void connection_accept(struct worker *w, struct watched *listener, uint32_t events);
void connection_close(struct worker *w, struct connection *c);
/* Close the way out, and forget what still comes in until the peer closes too. */
void connection_farewell(struct worker *w, struct connection *c);
/* Give the connections that stand in line another turn. */
void connection_turns(struct worker *w);
/* Bytes that the kernel took, 0 when the peer has no room now, -1 when the connection has ended. */
ssize_t connection_send(struct connection *c, const char *bytes, size_t length, bool more);
/* The same for several pieces in one. */
ssize_t connection_send_all(struct connection *c, struct iovec *pieces, int count);
