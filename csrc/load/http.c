#include "http.h"

#include <string.h>
#include <strings.h>

#include "line_end.h"

void http_reset(struct http_reader *r)
{
	memset(r, 0, sizeof(*r));
}

static bool line_value(const char *line, size_t length, const char *name, size_t name_length, const char **value,
		       size_t *left)
{
	if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0)
		return false;
	line += name_length + 1;
	length -= name_length + 1;
	while (length && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	*value = line;
	*left = length;
	return true;
}

/*
 * Whether white space stands before the colon, which nobody may send (RFC 9112, 5.1): overlooked, the body would last until
 * the connection closes.
 */
static bool is_spaced(const char *line, size_t length, const char *name, size_t name_length)
{
	return length > name_length && (line[name_length] == ' ' || line[name_length] == '\t') &&
	       strncasecmp(line, name, name_length) == 0;
}

/* Whether a list like `keep-alive, close` has the word. */
static bool list_has(const char *list, size_t length, const char *word, size_t word_length)
{
	while (length) {
		const char *comma = memchr(list, ',', length);
		size_t here = comma ? (size_t)(comma - list) : length;
		size_t rest = comma ? here + 1 : here;

		while (here && (*list == ' ' || *list == '\t')) {
			list++;
			here--;
			length--;
			rest--;
		}
		if (here >= word_length && strncasecmp(list, word, word_length) == 0) {
			size_t end = word_length;

			while (end < here && (list[end] == ' ' || list[end] == '\t'))
				end++;
			if (end == here)
				return true;
		}
		list += rest;
		length -= rest;
	}
	return false;
}

static bool parse_number(const char *text, size_t length, uint64_t *out)
{
	uint64_t value = 0;

	if (length == 0 || length > 18)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*out = value;
	return true;
}

static bool parse_status(struct http_reader *r, const char *line, size_t length)
{
	uint64_t status;

	if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
		return false;
	if (length > 12 && line[12] != ' ')
		return false;
	if (!parse_number(line + 9, 3, &status) || status < 100)
		return false;
	r->status = (int)status;
	r->closes = line[7] == '0';
	return true;
}

#define LINE_IS(name) line_value(line, length, name, sizeof(name) - 1, &value, &left)
#define LINE_IS_SPACED(name) is_spaced(line, length, name, sizeof(name) - 1)

/* Whether the last word of a list like `gzip, chunked` is this one. */
static bool list_ends_with(const char *list, size_t length, const char *word, size_t word_length)
{
	size_t before;

	if (length < word_length || strncasecmp(list + length - word_length, word, word_length) != 0)
		return false;
	before = length - word_length;
	return before == 0 || list[before - 1] == ',' || list[before - 1] == ' ' || list[before - 1] == '\t';
}

/* What the lines of one header stated. */
struct header {
	bool has_length;
	bool closes;
	bool stays;
	bool has_coding;
	bool chunked;
};

static bool parse_header(struct http_reader *r, const char *line, size_t length, struct header *h)
{
	const char *value;
	size_t left;

	/* The first letter distinguishes most lines before anything is compared. */
	switch (line[0] | 0x20) {
	case 'c':
		if (LINE_IS("content-length")) {
			uint64_t announced;

			if (!parse_number(value, left, &announced) || (h->has_length && announced != r->length))
				return false;
			r->length = announced;
			h->has_length = true;
		} else if (LINE_IS("connection")) {
			h->closes = h->closes || list_has(value, left, "close", 5);
			/* HTTP/1.1 stays anyway. */
			h->stays = h->stays || (r->closes && list_has(value, left, "keep-alive", 10));
		} else if (LINE_IS_SPACED("content-length")) {
			return false;
		}
		return true;
	case 't':
		if (LINE_IS("transfer-encoding")) {
			h->has_coding = true;
			h->chunked = list_ends_with(value, left, "chunked", 7);
		}
		return !LINE_IS_SPACED("transfer-encoding");
	default: return true;
	}
}

/*
 * The next line, without its end: HTTP_COMPLETE, HTTP_MORE when it is not whole, HTTP_GARBAGE when it ends in a bare
 * line feed or has a bare carriage return, which may hide a header in another (RFC 9112, 2.2). `at` goes on behind it.
 */
static inline enum http_result next_line(const char *bytes, size_t length, size_t *at, const char **line,
					 size_t *line_length)
{
	const char *start = bytes + *at, *stop = bytes + length, *end = line_end_find(start, stop);

	if (stop - end < 2 && (end == stop || *end == '\r'))
		return HTTP_MORE;
	if (end[0] != '\r' || end[1] != '\n')
		return HTTP_GARBAGE;
	*line = start;
	*line_length = (size_t)(end - start);
	*at = (size_t)(end + 2 - bytes);
	return HTTP_COMPLETE;
}

/* Where the body ends. */
static void begin_body(struct http_reader *r, const struct header *h)
{
	bool old = r->closes; /* HTTP/1.0 */

	/*
	 * HTTP/1.0 closes by default, HTTP/1.1 stays by default; a server that announces both will close (RFC 9112,
	 * 9.3).
	 */
	r->closes = h->closes || (old && !h->stays);
	if (r->status == 204 || r->status == 304) {
		r->left = 0;
		r->state = HTTP_BODY;
	} else if (h->has_coding && h->chunked) {
		/* Who also announces a length, or is too old for chunks, may mean something else with what follows. */
		r->closes = r->closes || old || h->has_length;
		r->length = 0;
		r->state = HTTP_CHUNK_SIZE;
	} else if (h->has_coding || !h->has_length) {
		r->closes = true;
		r->length = 0;
		r->state = HTTP_UNTIL_CLOSE;
	} else {
		r->left = r->length;
		r->state = HTTP_BODY;
	}
}

static enum http_result read_header(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	struct header h = {0};
	size_t at = 0, here = 1;

	r->length = 0;
	for (bool first = true; here || first; first = false) {
		const char *line;
		enum http_result result = next_line(bytes, length, &at, &line, &here);

		if (result == HTTP_GARBAGE)
			return HTTP_GARBAGE;
		if (result == HTTP_MORE) {
			if (length >= HTTP_LARGEST_HEADER || memcmp(bytes, "HTTP/1.", length < 7 ? length : 7) != 0)
				return HTTP_GARBAGE;
			return HTTP_MORE;
		}
		if (at > HTTP_LARGEST_HEADER ||
		    (first ? !parse_status(r, line, here) : here && !parse_header(r, line, here, &h)))
			return HTTP_GARBAGE;
	}
	*used = at;
	/* No request asked to switch protocols. */
	if (r->status == 101)
		return HTTP_GARBAGE;
	if (r->status >= 200)
		begin_body(r, &h);
	return HTTP_COMPLETE;
}

/* Hexadecimal digits and perhaps an extension, which nobody heeds. What begins a good line is good. */
static bool chunk_size(const char *line, size_t length, bool whole, uint64_t *size)
{
	size_t at = 0;

	for (*size = 0; at < length; at++) {
		char c = line[at] | 0x20;

		if (line[at] >= '0' && line[at] <= '9')
			*size = *size << 4 | (uint64_t)(line[at] - '0');
		else if (c >= 'a' && c <= 'f')
			*size = *size << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
		if (at == 15)
			return false;
	}
	if (at == 0)
		return !whole && length == 0;
	while (at < length && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return at == length || line[at] == ';' || (!whole && line[at] == '\r' && at + 1 == length);
}

static enum http_result read_chunk_size(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	const char *line;
	size_t here;
	enum http_result result = next_line(bytes, length, used, &line, &here);

	if (result == HTTP_MORE)
		return length < HTTP_LARGEST_HEADER && chunk_size(bytes, length, false, &r->left) ? HTTP_MORE
												  : HTTP_GARBAGE;
	if (result == HTTP_GARBAGE || *used > HTTP_LARGEST_HEADER || !chunk_size(line, here, true, &r->left))
		return HTTP_GARBAGE;
	r->length += r->left;
	r->trailer = 0;
	r->state = r->left ? HTTP_CHUNK : HTTP_TRAILER;
	return HTTP_COMPLETE;
}

static enum http_result read_chunk_end(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	if (bytes[0] != '\r' || (length > 1 && bytes[1] != '\n'))
		return HTTP_GARBAGE;
	if (length == 1)
		return HTTP_MORE;
	*used = 2;
	r->state = HTTP_CHUNK_SIZE;
	return HTTP_COMPLETE;
}

/* Lines until an empty one, which ends the response. */
static enum http_result read_trailer(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	const char *line;
	size_t here;
	enum http_result result = next_line(bytes, length, used, &line, &here);

	if (result == HTTP_MORE)
		return r->trailer + length < HTTP_LARGEST_HEADER ? HTTP_MORE : HTTP_GARBAGE;
	if (result == HTTP_GARBAGE || r->trailer + *used > HTTP_LARGEST_HEADER)
		return HTTP_GARBAGE;
	r->trailer += (uint32_t)*used;
	if (here == 0)
		r->state = HTTP_HEADER;
	return HTTP_COMPLETE;
}

/* Of a body or a chunk. */
static void read_bytes(struct http_reader *r, size_t length, size_t *used)
{
	*used = length < r->left ? length : (size_t)r->left;
	r->left -= *used;
	if (r->left == 0)
		r->state = r->state == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_HEADER;
}

/* One step: HTTP_COMPLETE when it was made, whatever comes next. */
static enum http_result step(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	switch (r->state) {
	case HTTP_HEADER: return read_header(r, bytes, length, used);
	case HTTP_CHUNK_SIZE: return read_chunk_size(r, bytes, length, used);
	case HTTP_CHUNK_END: return read_chunk_end(r, bytes, length, used);
	case HTTP_TRAILER: return read_trailer(r, bytes, length, used);
	case HTTP_UNTIL_CLOSE:
		r->length += length;
		*used = length;
		return HTTP_COMPLETE;
	case HTTP_BODY:
	case HTTP_CHUNK: break;
	}
	read_bytes(r, length, used);
	return HTTP_COMPLETE;
}

bool http_ends(const struct http_reader *r)
{
	return r->state == HTTP_UNTIL_CLOSE;
}

enum http_result http_read(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	*used = 0;
	/* An empty body is complete without any bytes of it. */
	while (*used < length || (r->state == HTTP_BODY && r->left == 0)) {
		enum http_state before = r->state;
		size_t now = 0;
		enum http_result result = step(r, bytes + *used, length - *used, &now);

		if (result != HTTP_COMPLETE)
			return result;
		*used += now;
		/* An interim response leaves a header for a header. */
		if (r->state == HTTP_HEADER && before != HTTP_HEADER)
			return HTTP_COMPLETE;
	}
	return HTTP_MORE;
}
