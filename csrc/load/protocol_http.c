/* HTTP/1.1: GET requests over persistent connections. */
#include "http_client.h"
#include "stream.h"

static size_t write_request(const struct options *o, char *buffer, size_t size)
{
	return http_client_write_head(o, buffer, size, "GET", "keep-alive", -1);
}

const struct protocol protocol_http = {
	.name = "http",
	.summary = "GET requests over persistent connections",
	.takes_path = true,
	.transport = &stream_transport,
	.request = write_request,
	.consume = http_client_consume,
	.end = http_client_end,
};
