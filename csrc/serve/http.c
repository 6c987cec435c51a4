#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/version.h"

#define MOST_HEAD 8192
#define MOST_AT_ONCE 32

/* One of `size` bytes for a connection that stays ([0]) and one that ends ([1]). */
struct answer {
	char path[16];
	size_t path_length;
	size_t length;
	char *bytes[2];
};

enum request_kind { REQUEST_PARTIAL, REQUEST_GOOD, REQUEST_UNKNOWN, REQUEST_GARBAGE };

struct request {
	enum request_kind kind;
	size_t length;
	bool last;
	const struct answer *answer;
};

static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";
static const char missing_last[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
static const char garbage[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static char *compose(uint32_t size, const char *connection)
{
	char *bytes = malloc(HTTP_HEAD + (size_t)size);
	int at, room;

	if (!bytes)
		return NULL;
	at = snprintf(
		bytes, HTTP_HEAD,
		"HTTP/1.1 200 OK\r\nServer: barewire-serve/%s\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n"
		"Connection: %s\r\nX-Fill: ",
		BAREWIRE_VERSION, size, connection);
	room = HTTP_HEAD - at - 4;
	/* The end goes over what snprintf() ended with; its place is ours. */
	memset(bytes + at, '-', (size_t)room);
	memcpy(bytes + HTTP_HEAD - 4, "\r\n\r\n", 4);
	memset(bytes + HTTP_HEAD, 'x', size);
	return bytes;
}

int http_prepare(struct service *service)
{
	service->answers = calloc((size_t)service->size_count, sizeof(*service->answers));
	for (int i = 0; service->answers && i < service->size_count; i++) {
		struct answer *a = &service->answers[i];

		a->path_length = (size_t)snprintf(a->path, sizeof(a->path), "/%u", service->sizes[i]);
		a->length = HTTP_HEAD + (size_t)service->sizes[i];
		a->bytes[0] = compose(service->sizes[i], "keep-alive");
		a->bytes[1] = compose(service->sizes[i], "close");
		if (!a->bytes[0] || !a->bytes[1])
			return -1;
	}
	return service->answers ? 0 : -1;
}

void http_discard(struct service *service)
{
	for (int i = 0; service->answers && i < service->size_count; i++) {
		free(service->answers[i].bytes[0]);
		free(service->answers[i].bytes[1]);
	}
	free(service->answers);
}

/* Lines after the first. False for a body, which nobody sends with a GET, or a line that is none. */
static bool read_fields(const char *at, const char *end, struct request *r)
{
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t length;

		if (!line_end || line_end == at || line_end[-1] != '\r')
			return false;
		length = (size_t)(line_end - 1 - at);
		if (*at == 'C' || *at == 'c') {
			if (length > 11 && strncasecmp(at, "connection:", 11) == 0) {
				const char *value = at + 11;

				while (value < line_end && (*value == ' ' || *value == '\t'))
					value++;
				if (strncasecmp(value, "close", 5) == 0)
					r->last = true;
				else if (strncasecmp(value, "keep-alive", 10) == 0)
					r->last = false;
			} else if (length > 15 && strncasecmp(at, "content-length:", 15) == 0) {
				return false;
			}
		} else if (length > 18 && strncasecmp(at, "transfer-encoding:", 18) == 0) {
			return false;
		}
		if (!memchr(at, ':', length))
			return false;
		at = line_end + 1;
	}
	return true;
}

static struct request read_request(const struct service *service, const char *bytes, size_t length)
{
	static const char get[] = "GET /";
	struct request r = {.kind = REQUEST_GARBAGE};
	size_t compared = length < sizeof(get) - 1 ? length : sizeof(get) - 1;
	const char *end, *line, *space;

	if (memcmp(bytes, get, compared))
		return r;
	end = memmem(bytes, length < MOST_HEAD ? length : MOST_HEAD, "\r\n\r\n", 4);
	if (!end) {
		r.kind = length < MOST_HEAD ? REQUEST_PARTIAL : REQUEST_GARBAGE;
		return r;
	}
	r.length = (size_t)(end + 4 - bytes);
	line = memchr(bytes, '\r', r.length);
	space = memchr(bytes + 4, ' ', (size_t)(line - bytes - 4));
	if (!space || line - space != 9 || memcmp(space, " HTTP/1.", 8) || (line[-1] != '0' && line[-1] != '1') ||
	    line[1] != '\n')
		return r;
	r.last = line[-1] == '0';
	if (!read_fields(line + 2, end + 2, &r))
		return r;
	r.kind = REQUEST_UNKNOWN;
	for (int i = 0; i < service->size_count; i++) {
		const struct answer *a = &service->answers[i];

		if (a->path_length == (size_t)(space - bytes - 4) && memcmp(a->path, bytes + 4, a->path_length) == 0) {
			r.kind = REQUEST_GOOD;
			r.answer = a;
			break;
		}
	}
	return r;
}

static struct iovec choose_answer(struct request *r)
{
	const char *bytes;
	size_t length;

	if (r->kind == REQUEST_GOOD) {
		bytes = r->answer->bytes[r->last];
		length = r->answer->length;
	} else if (r->kind == REQUEST_UNKNOWN) {
		bytes = r->last ? missing_last : missing;
		length = r->last ? sizeof(missing_last) - 1 : sizeof(missing) - 1;
	} else {
		r->last = true;
		bytes = garbage;
		length = sizeof(garbage) - 1;
	}
	return (struct iovec){(void *)(uintptr_t)bytes, length};
}

/* False when it cannot go on for now: the peer has no room, or the connection has ended. */
static bool write_rest(struct worker *w, struct connection *c)
{
	while (c->rest_length) {
		ssize_t sent = connection_send(c, c->rest, c->rest_length, false);

		if (sent < 0) {
			connection_close(w, c);
			return false;
		}
		if (sent == 0) {
			c->blocked = true;
			return false;
		}
		c->rest += sent;
		c->rest_length -= (size_t)sent;
	}
	c->endpoint->counters.answers++;
	return true;
}

/* Keep what was not used; it may be a part of what is held already. */
static bool hold(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	char *kept = NULL;

	if (length && !(kept = malloc(length))) {
		connection_close(w, c);
		return false;
	}
	if (length)
		memcpy(kept, bytes, length);
	free(c->held);
	c->held = kept;
	c->held_length = length;
	return true;
}

/* Some whole requests, one after the other, and their answers. */
struct batch {
	struct iovec answers[MOST_AT_ONCE];
	size_t ends[MOST_AT_ONCE]; /* of the requests */
	enum request_kind kinds[MOST_AT_ONCE];
	int count;
	bool last;    /* the connection ends with the last of them */
};

static void collect(const struct connection *c, struct batch *b, const char *bytes, size_t length)
{
	size_t used = 0;

	b->count = 0;
	b->last = false;
	while (used < length && b->count < MOST_AT_ONCE && !b->last) {
		struct request r = read_request(c->endpoint->service, bytes + used, length - used);

		if (r.kind == REQUEST_PARTIAL)
			break;
		b->answers[b->count] = choose_answer(&r);
		used = r.kind == REQUEST_GARBAGE ? length : used + r.length;
		b->kinds[b->count] = r.kind;
		b->ends[b->count++] = used;
		b->last = r.last;
	}
}

/*
 * The request bytes that are done with, once `sent` bytes of the answers are; what the peer did not take of one is the
 * connection's to send. The requests behind that one come again.
 */
static size_t settle(struct connection *c, const struct batch *b, size_t sent)
{
	struct counters *counters = &c->endpoint->counters;

	for (int i = 0; i < b->count; i++) {
		counters->requests += b->kinds[i] != REQUEST_GARBAGE;
		counters->not_found += b->kinds[i] == REQUEST_UNKNOWN;
		counters->garbage += b->kinds[i] == REQUEST_GARBAGE;
		if (sent < b->answers[i].iov_len) {
			c->rest = (const char *)b->answers[i].iov_base + sent;
			c->rest_length = b->answers[i].iov_len - sent;
			c->last = b->last && i == b->count - 1;
			c->blocked = true;
			return b->ends[i];
		}
		sent -= b->answers[i].iov_len;
		counters->answers++;
	}
	c->last = b->last;
	return b->ends[b->count - 1];
}

/* Answer the whole requests of `bytes`, and hold the rest. */
static void answer_all(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	size_t used = 0;
	struct batch b;

	while (used < length && !c->blocked) {
		ssize_t sent;

		collect(c, &b, bytes + used, length - used);
		if (!b.count)
			break;
		sent = connection_send_all(c, b.answers, b.count);
		if (sent < 0) {
			connection_close(w, c);
			return;
		}
		used += settle(c, &b, (size_t)sent);
		if (c->last && !c->blocked) {
			/* A reset, which unread bytes would make of a plain close, could overtake the answer. */
			if (b.kinds[b.count - 1] == REQUEST_GARBAGE || used < length)
				connection_farewell(w, c);
			else
				connection_close(w, c);
			return;
		}
	}
	if (used < length || c->held)
		hold(w, c, bytes + used, length - used);
}

void http_write(struct worker *w, struct connection *c)
{
	if (c->draining || !write_rest(w, c))
		return;
	if (c->last)
		connection_farewell(w, c);
	else if (c->held)
		answer_all(w, c, c->held, c->held_length);
}

void http_read(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	char *joined;

	if (!c->held) {
		answer_all(w, c, bytes, length);
		return;
	}
	joined = realloc(c->held, c->held_length + length);
	if (!joined) {
		connection_close(w, c);
		return;
	}
	memcpy(joined + c->held_length, bytes, length);
	c->held = joined;
	c->held_length += length;
	answer_all(w, c, c->held, c->held_length);
}

const struct stream http_stream = {http_read, http_write};
