/*
 * One connection: requests that wait, requests under way, the response being read.
 *
 * Requests come with their intended time and wait here while the connection is busy; none is ever left out. A connection that fails
 * loses what is under way (counted by kind) and is opened again for what waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "queue.h"

struct worker;

enum connection_state { CONNECTION_CLOSED, CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_ENDING };

struct request {
	int64_t intended;
	int64_t sent;
};

struct connection {
	int fd;
	enum connection_state state;
	bool wants_write; /* part of a request is still to be written */
	bool ever_open;
	uint32_t under_way_first;
	uint32_t under_way_count;
	struct request *under_way; /* a ring of the pipeline's length */
	struct http_reader reader;
	struct queue waiting; /* intended times; -1: when it is sent, in a closed loop */
	size_t written;
	size_t held_length;
	char *held;       /* the beginning of a header that came in pieces */
	int64_t since_ns; /* when connect() was called, or, while ending, when the response was complete */
};

/* 0, or -1 without memory. */
int connection_init(struct connection *c, int pipeline);
void connection_free(struct connection *c);
/* Begin to connect; 0, or -1 (errno is kept in the results). */
int connection_open(struct connection *c, struct worker *w);
/*
 * A request intended for `intended`: sent at once if the connection can, else it waits. This function and the next three run out
 * of memory with -1, and have no other way to fail: what goes wrong with a connection is counted.
 */
int connection_request(struct connection *c, struct worker *w, int64_t intended);
/* Do what can be done: open, send what waits as far as the pipeline allows, and in a closed loop ask for more. */
int connection_go_on(struct connection *c, struct worker *w);
/* epoll says that something can be done. */
int connection_event(struct connection *c, struct worker *w, uint32_t events);
/* Give up what has been under way for too long; in a closed loop, try again what could not be opened. */
int connection_look(struct connection *c, struct worker *w, int64_t now);
/* How many recorded requests have no answer yet. */
uint64_t connection_unfinished(const struct connection *c, const struct worker *w);
/* Close, with a last look at what TCP counted. */
void connection_close(struct connection *c, struct worker *w);
