/*
 * Reading HTTP/1.1 responses, however the bytes are cut: with a length, in chunks, or until the connection closes (RFC
 * 9112, 6.3). Interim responses (1xx) are skipped. A line that ends without a carriage return is garbage as soon as it
 * is there.
 *
 * The caller gives whatever bytes it has; the reader says how many it has used and whether a response is complete.
 * Bytes that it has not used (the beginning of a header or of a line) must be given again with more behind them.
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

enum http_state { HTTP_HEADER, HTTP_BODY, HTTP_CHUNK_SIZE, HTTP_CHUNK, HTTP_CHUNK_END, HTTP_TRAILER, HTTP_UNTIL_CLOSE };

struct http_reader {
	enum http_state state;
	bool closes; /* the server announced that it will close, or must */
	int status;
	uint64_t length;  /* of the body, as announced; without that, of what has come of it */
	uint64_t left;    /* of the body or chunk, still to come */
	uint32_t trailer; /* bytes of trailer lines so far */
};

void http_reset(struct http_reader *r);
/* The connection has been closed in good order: whether that is the end of a response. */
bool http_ends(const struct http_reader *r);
enum http_result http_read(struct http_reader *r, const char *bytes, size_t length, size_t *used);
