#include "http_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "worker.h"

size_t http_client_write_head(const struct options *o, char *buffer, size_t size, const char *method,
			      const char *connection, int64_t body_bytes)
{
	bool six = strchr(o->target, ':') != NULL;
	char body[64] = "";
	int length;

	if (body_bytes >= 0)
		snprintf(body, sizeof(body), "Content-Length: %" PRId64 "\r\n", body_bytes);
	length = snprintf(buffer, size, "%s %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nConnection: %s\r\n%s\r\n", method,
			  o->path, six ? "[" : "", o->target, six ? "]" : "", o->port, connection, body);
	return length < 0 ? SIZE_MAX : (size_t)length;
}

static enum error_kind judge(const struct http_reader *r, const struct options *o)
{
	if (r->status != 200)
		return ERROR_STATUS;
	return o->expect_bytes >= 0 && r->length != (uint64_t)o->expect_bytes ? ERROR_LENGTH : NO_ERROR;
}

/* Requests that wait are sent when all bytes are used: what came before a request was sent does not answer it. */
static enum outcome complete(struct connection *c, struct worker *w, size_t left)
{
	const struct http_reader *r = &c->reader.http;
	enum error_kind wrong = judge(r, w->options);

	if (wrong == ERROR_STATUS)
		example_status(&w->results.example, r->status);
	else if (wrong == ERROR_LENGTH)
		example_length(&w->results.example, r->length);
	return exchange_complete(c, w, wrong, r->closes, left > 0);
}

enum outcome http_client_consume(struct connection *c, struct worker *w, const char *bytes, size_t length)
{
	bool held_back = false;

	while (length) {
		size_t used;
		enum http_result result;

		/* Also what comes after the answer of a connection for one request. */
		if (c->under_way_count == 0) {
			example_bytes(&w->results.example, EXAMPLE_STRAY, bytes, length);
			return exchange_stray(c, w);
		}
		result = http_read(&c->reader.http, bytes, length, &used);
		if (result == HTTP_GARBAGE) {
			example_bytes(&w->results.example, EXAMPLE_GARBAGE, bytes + used, length - used);
			return exchange_fail(c, w, ERROR_GARBAGE);
		}
		bytes += used;
		length -= used;
		if (result == HTTP_COMPLETE) {
			enum outcome outcome;

			if (length && w->protocol->each_its_own)
				example_bytes(&w->results.example, EXAMPLE_STRAY, bytes, length);
			outcome = complete(c, w, length);
			if (outcome == WAS_STRAY)
				example_bytes(&w->results.example, EXAMPLE_STRAY, bytes - used, used);
			if (outcome != GOES_ON)
				return outcome;
			held_back = length > 0;
		} else if (used == 0) {
			break;
		}
	}
	if (length) {
		if (!c->held && !(c->held = malloc(HTTP_LARGEST_HEADER)))
			return OUT_OF_MEMORY;
		memcpy(c->held, bytes, length);
	}
	c->held_length = length;
	if (!held_back)
		return GOES_ON;
	if (exchange_go_on(c, w))
		return OUT_OF_MEMORY;
	return c->state == CONNECTION_OPEN ? GOES_ON : IS_GONE;
}

enum outcome http_client_end(struct connection *c, struct worker *w)
{
	if (c->under_way_count == 0 || !http_ends(&c->reader.http))
		return GOES_ON;
	return complete(c, w, 0);
}
