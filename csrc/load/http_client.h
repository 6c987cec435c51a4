/* Requests of HTTP/1.1 and their answers, for every protocol that is HTTP. */
#pragma once

#include "connection.h"
#include "protocol.h"

/*
 * Write the head of a request for --path, at most `size` bytes of it; its length. `connection` is the value of that header, and
 * `body_bytes` the announced length of a body, or -1 for none.
 */
size_t http_client_write_head(const struct options *o, char *buffer, size_t size, const char *method,
			      const char *connection, int64_t body_bytes);
/* `consume` and `end` of a protocol. */
enum outcome http_client_consume(struct connection *c, struct worker *w, const char *bytes, size_t length);
enum outcome http_client_end(struct connection *c, struct worker *w);
