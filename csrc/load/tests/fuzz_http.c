/*
 * The reader of HTTP responses against any bytes: it never reads or uses more than it was given, and what it says does
 * not depend on how the bytes were cut.
 *
 * An input is a byte, so many pairs of bytes (where to cut), and the stream. libFuzzer calls it, or replay.c with
 * files.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http.h"

#define MOST_CUTS 16
#define MOST_SAID 65536

/* What the reader has said of a stream: a line for each response, and how it ended. */
struct said {
	char text[MOST_SAID];
	size_t length;
};

static void check(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "fuzz_http: %s\n", what);
		abort();
	}
}

static void say(struct said *s, const char *text)
{
	size_t length = strlen(text);

	if (s->length + length < MOST_SAID) {
		memcpy(s->text + s->length, text, length);
		s->length += length;
	}
}

/*
 * As a connection reads: what was not used is given again with more behind it, in memory that ends where the bytes end.
 * `cuts` are ascending.
 */
static void read_in_pieces(const uint8_t *stream, size_t length, const size_t *cuts, size_t cut_count, struct said *s)
{
	struct http_reader reader;
	size_t at = 0;

	http_reset(&reader);
	s->length = 0;
	for (size_t piece = 0; piece <= cut_count; piece++) {
		size_t end = piece < cut_count ? cuts[piece] : length;

		while (at < end) {
			char *exact = malloc(end - at);
			enum http_result result;
			char line[64];
			size_t used;

			check(exact != NULL, "no memory");
			memcpy(exact, stream + at, end - at);
			result = http_read(&reader, exact, end - at, &used);
			free(exact);
			check(used <= end - at, "more was used than was given");
			at += used;
			if (result == HTTP_GARBAGE) {
				say(s, "garbage");
				return;
			}
			if (result == HTTP_COMPLETE) {
				check(used > 0, "a response of no bytes");
				snprintf(line, sizeof(line), "%d/%" PRIu64 "/%d\n", reader.status, reader.length,
					 reader.closes);
				say(s, line);
			} else if (used == 0) {
				break;
			}
		}
		check(end - at < HTTP_LARGEST_HEADER, "more is held than a header may have");
	}
	if (http_ends(&reader)) {
		char line[64];

		snprintf(line, sizeof(line), "%d/%" PRIu64 " until it closes", reader.status, reader.length);
		say(s, line);
	} else {
		say(s, "more");
	}
}

static int compare_sizes(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct said whole, pieces, bytes;
	static size_t every[MOST_SAID];
	size_t cuts[MOST_CUTS], count;

	if (size == 0)
		return 0;
	count = data[0] % (MOST_CUTS + 1);
	if (size < 1 + 2 * count)
		return 0;
	for (size_t i = 0; i < count; i++)
		cuts[i] = (size_t)data[1 + 2 * i] << 8 | data[2 + 2 * i];
	data += 1 + 2 * count;
	size -= 1 + 2 * count;
	if (size >= MOST_SAID)
		return 0;
	for (size_t i = 0; i < count; i++)
		cuts[i] %= size + 1;
	qsort(cuts, count, sizeof(*cuts), compare_sizes);
	read_in_pieces(data, size, NULL, 0, &whole);
	read_in_pieces(data, size, cuts, count, &pieces);
	check(whole.length == pieces.length && memcmp(whole.text, pieces.text, whole.length) == 0,
	      "cut otherwise, read otherwise");
	/* Byte by byte is quadratic. */
	if (size <= 512) {
		for (size_t i = 0; i < size; i++)
			every[i] = i;
		read_in_pieces(data, size, every, size, &bytes);
		check(whole.length == bytes.length && memcmp(whole.text, bytes.text, whole.length) == 0,
		      "byte by byte, read otherwise");
	}
	return 0;
}
