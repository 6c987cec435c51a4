#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers.h"

#define MOST_HEAD 8192
#define MOST_AT_ONCE 32

enum request_kind { REQUEST_PARTIAL, REQUEST_GOOD, REQUEST_UNKNOWN, REQUEST_GARBAGE };

struct request {
	enum request_kind kind;
	size_t length; /* of the head */
	uint64_t body;
	bool last;
	const struct answer *answer;
};

static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";
static const char missing_last[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
static const char garbage[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/* The digits until the end of a line; false if there is anything else, or more than a body may have. */
static bool read_length(const char *at, const char *end, uint64_t *length)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end)
		return false;
	for (*length = 0; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		*length = *length * 10 + (uint64_t)(*at - '0');
		if (*length > SERVICE_MOST_BYTES)
			return false;
	}
	return true;
}

/* Lines after the first. False for a line that is none, and for a body without a POST or a POST without a length. */
static bool read_fields(const char *at, const char *end, bool is_post, struct request *r)
{
	bool has_length = false;

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
				if (!is_post || has_length || !read_length(at + 15, line_end - 1, &r->body))
					return false;
				has_length = true;
			}
		} else if (length > 18 && strncasecmp(at, "transfer-encoding:", 18) == 0) {
			return false;
		}
		if (!memchr(at, ':', length))
			return false;
		at = line_end + 1;
	}
	return has_length == is_post;
}

static struct request read_request(const struct service *service, const char *bytes, size_t length)
{
	struct request r = {.kind = REQUEST_GARBAGE};
	bool is_post = bytes[0] == 'P';
	const char *method = is_post ? "POST /" : "GET /", *end, *line, *space, *path;
	size_t method_length = is_post ? 6 : 5;

	if (memcmp(bytes, method, length < method_length ? length : method_length))
		return r;
	end = memmem(bytes, length < MOST_HEAD ? length : MOST_HEAD, "\r\n\r\n", 4);
	if (!end) {
		r.kind = length < MOST_HEAD ? REQUEST_PARTIAL : REQUEST_GARBAGE;
		return r;
	}
	r.length = (size_t)(end + 4 - bytes);
	line = memchr(bytes, '\r', r.length);
	path = bytes + method_length - 1;
	space = memchr(path, ' ', (size_t)(line - path));
	if (!space || line - space != 9 || memcmp(space, " HTTP/1.", 8) || (line[-1] != '0' && line[-1] != '1') ||
	    line[1] != '\n')
		return r;
	r.last = line[-1] == '0';
	if (!read_fields(line + 2, end + 2, is_post, &r))
		return r;
	r.kind = REQUEST_UNKNOWN;
	for (int i = 0; i < service->size_count; i++) {
		const struct answer *a = &service->answers[i];

		if (a->path_length == (size_t)(space - path) && memcmp(a->path, path, a->path_length) == 0) {
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
	bool has_body; /* the next one is there but for some of its body: */
	struct request next;
};

static void collect(const struct connection *c, struct batch *b, const char *bytes, size_t length)
{
	size_t used = 0;

	b->count = 0;
	b->last = b->has_body = false;
	while (used < length && b->count < MOST_AT_ONCE && !b->last) {
		struct request r = read_request(c->endpoint->service, bytes + used, length - used);

		if (r.kind == REQUEST_PARTIAL)
			break;
		if (r.kind != REQUEST_GARBAGE && r.body > length - used - r.length) {
			b->has_body = true;
			b->next = r;
			break;
		}
		b->answers[b->count] = choose_answer(&r);
		used = r.kind == REQUEST_GARBAGE ? length : used + r.length + (size_t)r.body;
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

/* Answer when the rest of the body, which is not kept, is there. `length` bytes of the request are. */
static void await_body(struct connection *c, struct request *r, size_t length)
{
	struct counters *counters = &c->endpoint->counters;

	counters->requests++;
	counters->not_found += r->kind == REQUEST_UNKNOWN;
	c->pending = choose_answer(r);
	c->last = r->last;
	c->body_left = r->body - (length - r->length);
}

/* Answer the whole requests of `bytes`, and hold the rest. */
static void answer_all(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	size_t used = 0;
	struct batch b;

	while (used < length && !c->blocked) {
		ssize_t sent;

		collect(c, &b, bytes + used, length - used);
		if (!b.count && b.has_body) {
			await_body(c, &b.next, length - used);
			used = length;
		}
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

/* The body is complete: answer it. `bytes` came behind it; false if they are not to be answered now. */
static bool answer_body(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	c->rest = c->pending.iov_base;
	c->rest_length = c->pending.iov_len;
	if (!write_rest(w, c)) {
		if (!c->dead)
			hold(w, c, bytes, length);
		return false;
	}
	if (!c->last)
		return true;
	if (length)
		connection_farewell(w, c);
	else
		connection_close(w, c);
	return false;
}

void http_read(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	char *joined;

	if (c->body_left) {
		size_t taken = length < c->body_left ? length : (size_t)c->body_left;

		c->body_left -= taken;
		if (c->body_left || !answer_body(w, c, bytes + taken, length - taken))
			return;
		bytes += taken;
		length -= taken;
	}
	if (!c->held) {
		if (length)
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
