/*
 * One connection: its socket, the requests that wait for it, the requests under way on it.
 *
 * Here it is opened and closed. Requests and their answers, also those that a failing connection loses, are in
 * exchange.h, the bytes in stream.h and datagram.h, what epoll reports in events.h. Of UDP it is a connected socket,
 * which is open at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "queue.h"
#include "stamps.h"

struct worker;

enum connection_state { CONNECTION_CLOSED, CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_ENDING };

struct request {
	int64_t intended;
	int64_t sent;
	uint64_t number; /* of a datagram; 0: the place is free */
};

struct connection {
	int fd;
	enum connection_state state;
	bool wants_write; /* part of a request is still to be written */
	bool ever_open;
	uint32_t under_way_first; /* of streams the oldest one; of datagrams a free place */
	uint32_t under_way_count;
	struct request *under_way; /* of streams a ring of the pipeline's length, of datagrams a place for each */
	union {
		struct http_reader http;
		uint64_t got;     /* bytes of the response being read, where it has no format */
		uint64_t numbers; /* of the last datagram */
	} reader;
	struct queue waiting; /* intended times; -1: when it is sent, in a closed loop */
	size_t written;
	size_t held_length;
	char *held;       /* the beginning of a header that came in pieces */
	struct stamps stamps; /* with --timestamps */
	uint32_t looks; /* how many times still to look for surplus bytes before a request is sent */
	int64_t soonest_ns; /* the shortest time from a request to its answer since it is open */
	int64_t sent_before; /* when the last request was sent that is answered; 0: none since it is open */
	int64_t last_two_ns[2]; /* of the last two answers, the time since the request before theirs was sent */
	uint64_t in_doubt;      /* recorded answers that may each be another request's */
	int64_t since_ns; /* when connect() was called, or, while ending, when the response was complete */
};

/* 0, or -1 without memory. */
int connection_init(struct connection *c, int pipeline);
void connection_free(struct connection *c);
/* How often the kernel has sent the SYN of a connection that is opening again; nothing for any other. */
void connection_count_syns(const struct connection *c, struct worker *w);
/* Begin to connect; 0, or -1 (errno is kept in the results). */
int connection_open(struct connection *c, struct worker *w);
/* Not all of what has come was read: epoll reports it once more. 0, or -1. */
int connection_look_again(struct connection *c, const struct worker *w);
/* It is open: connect() has succeeded. */
void connection_set_open(struct connection *c, struct worker *w);
/*
 * Acknowledge at once what came, so that a server that waits for that (Nagle's algorithm) sends the rest of what it
 * has.
 */
void connection_acknowledge(const struct connection *c);
/*
 * How long after the last answer a surplus one would come, if there is one. Then each answer is that to the request
 * before, so it took the time since that one was sent, and the surplus one, always the last, takes about as long.
 */
int64_t connection_surplus_time(const struct connection *c);
/*
 * Nothing is under way `now`: where the last request was sent longer than a timeout ago, its answer is here, because a
 * later one would be none.
 */
void connection_end_doubt(struct connection *c, const struct worker *w, int64_t now);
/* More came than was asked for, so answers in doubt may each be another request's: they are withdrawn. */
void connection_withdraw_doubtful(struct connection *c, struct worker *w);
/* The same, of an answer that no request had asked for. */
void connection_count_surplus(struct connection *c, struct worker *w);
/* Keep the first bytes that wait in the socket as an example of a stray answer; whether there are any. */
bool connection_show_surplus(const struct connection *c, struct worker *w);
/* At the end of the load: close, and count a surplus answer if one has arrived. */
void connection_leave(struct connection *c, struct worker *w);
/* Close, with a last look at what TCP counted. */
void connection_close(struct connection *c, struct worker *w);
/* Close without a farewell, so that no port is kept waiting for stray packets (TIME_WAIT) on this side. */
void connection_cut(struct connection *c, struct worker *w);
