/* The bytes of a TCP connection: requests are written as the socket takes them, responses read as they come. */
#pragma once

#include <stdbool.h>

#include "connection.h"

/* Write the request, or what is left of it. 1: written, 0: the socket is full, -1: the connection has failed. */
int stream_write(struct connection *c, struct worker *w);
/* Read what is there and give it to the protocol; 0, or -1 without memory. */
int stream_receive(struct connection *c, struct worker *w, bool to_the_end);
