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

struct worker;

enum connection_state { CONNECTION_CLOSED, CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_ENDING };

struct request {
	int64_t intended;
	int64_t sent;
};

struct connection {
	int fd;
	enum connection_state state;
	bool ever_open;
	bool wants_write; /* part of a request is still to be written */
	size_t written;
	int64_t opened_at; /* when connect() was called */
	int64_t *waiting;  /* a ring of intended times */
	uint32_t waiting_size;
	uint32_t waiting_first;
	uint32_t waiting_count;
	struct request *under_way; /* a ring of the pipeline's length */
	uint32_t under_way_first;
	uint32_t under_way_count;
	struct http_reader reader;
	char *held; /* the beginning of a header that came in pieces */
	size_t held_length;
};

/* 0, or -1 without memory. */
int connection_init(struct connection *c, int pipeline);
void connection_free(struct connection *c);
/* Begin to connect; 0, or -1 (counted, errno kept in the results). */
int connection_open(struct connection *c, struct worker *w);
/* Connect if anything waits; what cannot begin has failed and is counted. */
int connection_begin(struct connection *c, struct worker *w);
/*
 * A request intended for `intended` (-1: when it is sent, a closed loop): sent at once if the connection can, else it waits.
 * Every function here that can run out of memory says so with -1, and nothing else.
 */
int connection_request(struct connection *c, struct worker *w, int64_t intended);
/* Send what waits, as far as the pipeline allows. */
int connection_pump(struct connection *c, struct worker *w);
/* epoll says that something can be done. */
int connection_event(struct connection *c, struct worker *w, uint32_t events);
/* Give up what has been under way for too long. */
int connection_expire(struct connection *c, struct worker *w, int64_t now);
/* How many recorded requests have no answer yet. */
uint64_t connection_unfinished(const struct connection *c, const struct worker *w);
/* Close, with a last look at what TCP counted. */
void connection_finish(struct connection *c, struct worker *w);
