/* One question to a server of the pod's own network, on the loopback address. */
#pragma once

#include <stddef.h>

/*
 * Send `length` bytes to TCP port `port` of 127.0.0.1 and answer with what comes until the server closes: "file LENGTH
 * ERRNO\n" and its bytes, 64 KiB at most and within two seconds.
 */
void loopback_answer(int port, const char *request, size_t length);
