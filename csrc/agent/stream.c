#include "stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

bool stream_fill(struct stream *s)
{
	ssize_t got;

	if (s->capacity - s->length < CHUNK) {
		char *bigger = realloc(s->bytes, s->capacity + CHUNK);

		if (!bigger)
			return false;
		s->bytes = bigger;
		s->capacity += CHUNK;
	}
	do
		got = read(STDIN_FILENO, s->bytes + s->length, s->capacity - s->length);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	s->length += (size_t)got;
	return true;
}

size_t stream_line(const struct stream *s)
{
	const char *end = s->length ? memchr(s->bytes, '\n', s->length) : NULL;

	return end ? (size_t)(end - s->bytes) + 1 : 0;
}

void stream_drop(struct stream *s, size_t length)
{
	s->length -= length;
	memmove(s->bytes, s->bytes + length, s->length);
}

void stream_write(const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t put = write(STDOUT_FILENO, at, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			exit(EXIT_FAILURE);
		at += put;
		length -= (size_t)put;
	}
}

void stream_print(const char *format, ...)
{
	char line[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	stream_write(line, (size_t)length);
}

void stream_copy(int fd, size_t length)
{
	char chunk[CHUNK];
	off_t at = 0;

	while (length) {
		ssize_t got = pread(fd, chunk, length < CHUNK ? length : CHUNK, at);

		if (got < 0 && errno == EINTR)
			continue;
		/* It was announced, and a stream cannot take back what it announced. */
		if (got <= 0)
			exit(EXIT_FAILURE);
		stream_write(chunk, (size_t)got);
		at += got;
		length -= (size_t)got;
	}
}
