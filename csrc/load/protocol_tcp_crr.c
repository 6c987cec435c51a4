/* TCP requests and responses of given sizes: connect, request, response, close. */
#include "sized.h"
#include "stream.h"

const struct protocol protocol_tcp_crr = {
	.name = "tcp-crr",
	.summary = "the same, each over its own connection",
	.takes_request_bytes = true,
	.takes_response_bytes = true,
	.transport = &stream_transport,
	.request = sized_fill,
	.each_its_own = true,
	.consume = sized_consume,
};
