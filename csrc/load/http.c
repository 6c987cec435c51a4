#include "http.h"

#include <string.h>
#include <strings.h>

void http_reset(struct http_reader *r)
{
	memset(r, 0, sizeof(*r));
}

static bool line_value(const char *line, size_t length, const char *name, size_t name_length, const char **value, size_t *left)
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

static bool number_of(const char *text, size_t length, uint64_t *out)
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

static bool status_of(struct http_reader *r, const char *line, size_t length)
{
	uint64_t status;

	if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
		return false;
	if (length > 12 && line[12] != ' ')
		return false;
	if (!number_of(line + 9, 3, &status) || status < 100)
		return false;
	r->status = (int)status;
	r->closes = line[7] == '0';
	return true;
}

#define LINE_IS(name) line_value(line, length, name, sizeof(name) - 1, &value, &left)

/* What the lines of one header have said. */
struct header {
	bool has_length;
	bool closes;
	bool stays;
};

static bool header_of(struct http_reader *r, const char *line, size_t length, struct header *h)
{
	const char *value;
	size_t left;

	/* The first letter tells most lines apart before anything is compared. */
	switch (line[0] | 0x20) {
	case 'c':
		if (LINE_IS("content-length")) {
			uint64_t announced;

			if (!number_of(value, left, &announced) || (h->has_length && announced != r->length))
				return false;
			r->length = announced;
			h->has_length = true;
		} else if (LINE_IS("connection")) {
			h->closes = h->closes || list_has(value, left, "close", 5);
			h->stays = h->stays || list_has(value, left, "keep-alive", 10);
		}
		return true;
	case 't':
		/* A length in pieces would need a second reader; the servers under test never send it. */
		return !LINE_IS("transfer-encoding");
	default:
		return true;
	}
}

static enum http_result read_header(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	const char *end = memmem(bytes, length, "\r\n\r\n", 4);
	const char *line = bytes;
	struct header h = {0};
	bool first = true;

	*used = 0;
	if (!end) {
		if (length >= HTTP_LARGEST_HEADER || memcmp(bytes, "HTTP/1.", length < 7 ? length : 7) != 0)
			return HTTP_GARBAGE;
		return HTTP_MORE;
	}
	if ((size_t)(end - bytes) >= HTTP_LARGEST_HEADER)
		return HTTP_GARBAGE;
	while (line < end + 2) {
		const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
		size_t here = (size_t)(next - line);

		if (first ? !status_of(r, line, here) : here == 0 || !header_of(r, line, here, &h))
			return HTTP_GARBAGE;
		first = false;
		line = next + 2;
	}
	*used = (size_t)(end + 4 - bytes);
	if (r->status < 200)
		return HTTP_GARBAGE;
	/* HTTP/1.0 closes unless told otherwise, HTTP/1.1 stays unless told otherwise; who says both will close (RFC 9112, 9.3). */
	r->closes = h.closes || (r->closes && !h.stays);
	if (!h.has_length && r->status != 204 && r->status != 304)
		return HTTP_GARBAGE;
	r->left = r->status == 204 || r->status == 304 ? 0 : r->length;
	r->in_body = true;
	return HTTP_MORE;
}

enum http_result http_read(struct http_reader *r, const char *bytes, size_t length, size_t *used)
{
	size_t header = 0;
	size_t body;

	*used = 0;
	if (!r->in_body) {
		enum http_result result;

		if (length == 0)
			return HTTP_MORE;
		result = read_header(r, bytes, length, &header);
		if (result == HTTP_GARBAGE || !r->in_body)
			return result;
	}
	body = length - header < r->left ? length - header : (size_t)r->left;
	r->left -= body;
	*used = header + body;
	if (r->left)
		return HTTP_MORE;
	r->in_body = false;
	return HTTP_COMPLETE;
}
