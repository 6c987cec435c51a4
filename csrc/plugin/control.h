/*
 *  Orders from outside, over an abstract Unix socket that the other side listens on: a line each, answered by a line.
 *
 *   start   clear the counters and count between the next two marks of a load  ->  ok
 *   stop    stop counting and report the counts  ->  ok SIZE, then SIZE bytes (counts.h)
 *
 * They are carried out by the CPU's own thread between two blocks, so nothing needs a lock; a guest that sleeps for
 * good never answers.
 */
#pragma once

#include <stdbool.h>

/* Connects to `name` and serves orders in a thread of its own; false with errno set. */
bool control_start(const char *name);

/* Whether an order waits for control_obey(); cheap. */
bool control_waits(void);
void control_obey(void);
