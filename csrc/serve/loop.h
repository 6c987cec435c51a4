/* The event loop of a thread: it opens the sockets of every service and handles what happens on them. */
#pragma once

#include <stdbool.h>

#include "worker.h"

/* 0, or -1 with `failure` set. `stop` is an eventfd that ends the loop of every thread once it is written to. */
int loop_init(struct worker *w, const struct options *o, int index, int stop);
/*
 * Begin to listen on every stream socket: by then all sockets of the program have their addresses. 0, or -1 with
 * `failure` set.
 */
int loop_listen(struct worker *w);
/* Serve until `stop` is written to; false, with `failure` set, when it cannot go on. */
bool loop_run(struct worker *w);
/* Take the last counts of the sockets, and close everything. */
void loop_free(struct worker *w);
