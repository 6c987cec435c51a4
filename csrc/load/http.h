/*
 * Reading HTTP/1.1 responses, however the bytes are cut.
 *
 * The caller gives whatever bytes it has; the reader says how many it has used and whether a response is complete. Bytes that it
 * has not used (the beginning of a header) must be given again with more behind them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LARGEST_HEADER 16384

enum http_result {
	HTTP_MORE,     /* nothing wrong, not complete */
	HTTP_COMPLETE, /* one response is complete */
	HTTP_GARBAGE,  /* not an HTTP/1.1 response that this reader takes */
};

struct http_reader {
	bool in_body;
	bool closes; /* the server said that it will close */
	int status;
	uint64_t length; /* of the body, as announced */
	uint64_t left;   /* of the body, still to come */
};

void http_reset(struct http_reader *r);
enum http_result http_read(struct http_reader *r, const char *bytes, size_t length, size_t *used);
