/* Requests and responses of given sizes as datagrams. */
#include "datagram.h"
#include "sized.h"

const struct protocol protocol_udp = {
	.name = "udp",
	.summary = "the same as datagrams, of 8 B or more",
	.takes_request_bytes = true,
	.takes_response_bytes = true,
	.transport = &datagram_transport,
	.request = sized_fill,
	.datagrams = true,
};
