/* HTTP/1.1: POST requests with a body of a given size over persistent connections. */
#include "http_client.h"
#include "sized.h"
#include "stream.h"

static size_t write_request(const struct options *o, char *buffer, size_t size)
{
	size_t head = http_client_write_head(o, buffer, size, "POST", "keep-alive", o->request_bytes);
	size_t room = size > head ? size - head : 0;

	return head + sized_fill(o, room ? buffer + head : NULL, room);
}

const struct protocol protocol_http_post = {
	.name = "http-post",
	.summary = "POST requests with a body of --request-bytes; persistent connections",
	.takes_path = true,
	.takes_request_bytes = true,
	.transport = &stream_transport,
	.request = write_request,
	.consume = http_client_consume,
	.end = http_client_end,
};
