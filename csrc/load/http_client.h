/* Requests of HTTP/1.1 and their answers, for every protocol that is HTTP. */
#pragma once

#include "connection.h"
#include "protocol.h"

/* A GET of --path, as `request` of a protocol; `connection` is the value of that header. */
size_t http_client_get(const struct options *o, char *buffer, size_t size, const char *connection);
/* `consume` and `end` of a protocol. */
enum outcome http_client_consume(struct connection *c, struct worker *w, const char *bytes, size_t length);
enum outcome http_client_end(struct connection *c, struct worker *w);
