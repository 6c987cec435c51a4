/* The bytes of a TCP connection: requests are written as the socket takes them, responses read as they come. */
#pragma once

struct transport;

extern const struct transport stream_transport;
