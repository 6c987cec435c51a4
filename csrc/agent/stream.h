/* The two ends of a session: requests from standard input, answers to standard output. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define STREAM_MOST (1 << 20)

/* Bytes that have come and were not used yet. */
struct stream {
	char *bytes;
	size_t length, capacity;
};

/* Add what standard input has. False at its end, or on an error. */
bool stream_fill(struct stream *s);
/* The length of the first line, its end included; 0 while it is not whole. */
size_t stream_line(const struct stream *s);
/* Forget the first `length` bytes. */
void stream_drop(struct stream *s, size_t length);

/* Write all of it to standard output. Nobody to read it ends the program: then nobody is served. */
void stream_write(const void *bytes, size_t length);
__attribute__((format(printf, 1, 2))) void stream_print(const char *format, ...);
/* Write the whole of an open file from its beginning; `length` bytes, as announced. */
void stream_copy(int fd, size_t length);
