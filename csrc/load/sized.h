/*
 * Requests and responses of given sizes and without a format, so that one byte is possible. The server must have the
 * same sizes.
 */
#pragma once

#include "connection.h"
#include "protocol.h"

/* The bytes of a request: all alike, or random ones with --payload; `request` of a protocol. */
size_t sized_fill(const struct options *o, char *buffer, size_t size);
/* Of streams, `consume` of a protocol. */
enum outcome sized_consume(struct connection *c, struct worker *w, const char *bytes, size_t length);
