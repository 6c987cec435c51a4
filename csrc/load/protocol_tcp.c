/* TCP requests and responses of given sizes over persistent connections. */
#include "sized.h"
#include "stream.h"

const struct protocol protocol_tcp = {
	.name = "tcp",
	.summary = "requests and responses of given sizes over persistent connections",
	.takes_request_bytes = true,
	.takes_response_bytes = true,
	.transport = &stream_transport,
	.request = sized_fill,
	.consume = sized_consume,
};
