/* HTTP/1.1: `http` keeps its connections, `connect` has one for each request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "protocol.h"
#include "stream.h"
#include "worker.h"

static size_t get(const struct options *o, char *buffer, size_t size, const char *connection)
{
	bool six = strchr(o->target, ':') != NULL;
	int length = snprintf(buffer, size, "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nConnection: %s\r\n\r\n", o->path, six ? "[" : "",
			      o->target, six ? "]" : "", o->port, connection);

	return length < 0 ? SIZE_MAX : (size_t)length;
}

static size_t get_and_stay(const struct options *o, char *buffer, size_t size)
{
	return get(o, buffer, size, "keep-alive");
}

static size_t get_and_leave(const struct options *o, char *buffer, size_t size)
{
	return get(o, buffer, size, "close");
}

static enum error_kind judge(const struct http_reader *r, const struct options *o)
{
	if (r->status != 200)
		return ERROR_STATUS;
	return o->expect_bytes >= 0 && r->length != (uint64_t)o->expect_bytes ? ERROR_LENGTH : NO_ERROR;
}

static enum outcome consume(struct connection *c, struct worker *w, const char *bytes, size_t length)
{
	while (length) {
		size_t used;
		/* Nothing may come after the answer of a connection for one request. */
		enum http_result result =
			c->state == CONNECTION_ENDING ? HTTP_GARBAGE : http_read(&c->reader.http, bytes, length, &used);
		enum outcome outcome;

		if (result == HTTP_GARBAGE)
			return c->under_way_count ? exchange_fail(c, w, ERROR_GARBAGE) : exchange_stray(c, w);
		bytes += used;
		length -= used;
		if (result == HTTP_COMPLETE) {
			outcome = exchange_complete(c, w, judge(&c->reader.http, w->options), c->reader.http.closes);
			if (outcome != GOES_ON)
				return outcome;
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
	return GOES_ON;
}

const struct protocol protocol_http = {
	.name = "http", .request = get_and_stay, .receive = stream_receive, .consume = consume,
};
const struct protocol protocol_connect = {
	.name = "connect", .each_its_own = true, .request = get_and_leave, .receive = stream_receive, .consume = consume,
};
