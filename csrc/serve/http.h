/*
 * HTTP/1.1 as far as it is needed: `GET /N` for the sizes given, kept alive, pipelined; everything else is 404 or 400.
 *
 * A head is always HTTP_HEAD bytes, about what nginx sends, so that an answer of 100 bytes is one of 350 on the wire,
 * as in the study of 2016. Answers are made once, before the threads begin, head and body in one piece.
 */
#pragma once

#include "connection.h"

#define HTTP_HEAD 250

/* The answers of a service; 0, or -1 without memory. */
int http_prepare(struct service *service);
void http_discard(struct service *service);

extern const struct stream http_stream;
void http_read(struct worker *w, struct connection *c, const char *bytes, size_t length);
/* Go on with the answers, now that the peer has room. */
void http_write(struct worker *w, struct connection *c);
