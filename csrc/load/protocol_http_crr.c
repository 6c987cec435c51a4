/* HTTP/1.1: GET requests, each over its own connection. */
#include "http_client.h"
#include "stream.h"

static size_t write_request(const struct options *o, char *buffer, size_t size)
{
	return http_client_write_head(o, buffer, size, "GET", "close", -1);
}

const struct protocol protocol_http_crr = {
	.name = "http-crr",
	.summary = "GET requests, each over its own connection",
	.each_its_own = true,
	.takes_path = true,
	.transport = &stream_transport,
	.request = write_request,
	.consume = http_client_consume,
	.end = http_client_end,
};
