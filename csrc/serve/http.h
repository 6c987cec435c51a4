/*
 * HTTP/1.1 as far as it is needed: `GET /N` and `POST /N` with a Content-Length for the sizes given, kept alive, pipelined;
 * everything else is 404 or 400. Bodies of requests are read and discarded.
 *
 * A head is always 250 bytes, about what nginx sends, so that an answer of 100 bytes is one of 350 on the wire, as in the study
 * of 2016.
 */
#pragma once

#include "connection.h"

extern const struct stream http_stream;
void http_read(struct worker *w, struct connection *c, const char *bytes, size_t length);
/* Go on with the answers, now that the peer has room. */
void http_write(struct worker *w, struct connection *c);
