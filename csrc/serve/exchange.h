/*
 * Requests and answers that are so many bytes and nothing else (`--tcp`), and the stream half of a sink, which answers
 * nothing.
 */
#pragma once

#include "connection.h"

void exchange_read(struct worker *w, struct connection *c, size_t length);
/* Go on with the answers, now that the peer has room. */
void exchange_write(struct worker *w, struct connection *c);
