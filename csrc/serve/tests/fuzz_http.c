/*
 * The reader of HTTP requests against any bytes: the answers do not depend on how requests were cut, nor on how much of
 * an answer the peer takes at a time, and nothing is leaked.
 *
 * The connection below is the peer: it takes what the input says. An input is a byte, so many pairs of bytes (where to
 * cut), a byte (how much the peer takes at a time, 0 all), and the stream. libFuzzer calls it, or
 * csrc/load/tests/replay.c with files.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../answers.h"
#include "../http.h"
#include "../service.h"

#define MOST_CUTS 16
#define MOST_ANSWERED (1 << 20)
#define MOST_STREAM 20000

static struct peer {
	size_t at_a_time; /* 0 is all */
	size_t room;
	bool ended;
	size_t length;
	char bytes[MOST_ANSWERED];
} whole, pieces, *peer;

static void check(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "fuzz_http: %s\n", what);
		abort();
	}
}

ssize_t connection_send(struct connection *c, const char *bytes, size_t length, bool more)
{
	size_t taken = peer->at_a_time && length > peer->room ? peer->room : length;

	(void)c;
	(void)more;
	check(!peer->ended, "an answer after the end");
	if (peer->at_a_time)
		peer->room -= taken;
	if (peer->length + taken <= MOST_ANSWERED)
		memcpy(peer->bytes + peer->length, bytes, taken);
	peer->length += taken;
	return (ssize_t)taken;
}

ssize_t connection_send_all(struct connection *c, struct iovec *piece, int count)
{
	size_t sum = 0;

	for (int i = 0; i < count; i++) {
		ssize_t taken = connection_send(c, piece[i].iov_base, piece[i].iov_len, false);

		sum += (size_t)taken;
		if ((size_t)taken < piece[i].iov_len)
			break;
	}
	return (ssize_t)sum;
}

void connection_close(struct worker *w, struct connection *c)
{
	(void)w;
	c->dead = true;
	peer->ended = true;
}

void connection_farewell(struct worker *w, struct connection *c)
{
	(void)w;
	c->draining = true;
	peer->ended = true;
}

static void serve(struct service *service, struct peer *to, const uint8_t *stream, size_t length, const size_t *cuts,
		  size_t count)
{
	struct endpoint endpoint = {.service = service};
	struct connection c = {.endpoint = &endpoint};
	size_t at = 0;

	peer = to;
	peer->length = 0;
	peer->ended = false;
	for (size_t i = 0; i <= count && !c.dead && !c.draining; i++) {
		size_t end = i < count ? cuts[i] : length;
		char *exact;

		if (end == at)
			continue;
		exact = malloc(end - at);
		check(exact != NULL, "no memory");
		memcpy(exact, stream + at, end - at);
		peer->room = peer->at_a_time;
		http_read(NULL, &c, exact, end - at);
		free(exact);
		at = end;
		/* The peer takes all before it sends more: who is owed an answer is not read from. */
		while (c.blocked && !c.dead && !c.draining) {
			c.blocked = false;
			peer->room = peer->at_a_time;
			http_write(NULL, &c);
		}
	}
	free(c.held);
}

static int compare_sizes(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct service service = {.kind = SERVICE_HTTP, .sizes = {1, 100, 4096}, .size_count = 3};
	size_t cuts[MOST_CUTS], count;

	if (!service.answers)
		check(answers_prepare(&service) == 0, "no memory");
	if (size == 0)
		return 0;
	count = data[0] % (MOST_CUTS + 1);
	if (size < 2 + 2 * count || size > MOST_STREAM)
		return 0;
	pieces.at_a_time = data[1 + 2 * count];
	for (size_t i = 0; i < count; i++)
		cuts[i] = ((size_t)data[1 + 2 * i] << 8 | data[2 + 2 * i]) % (size - 1 - 2 * count);
	data += 2 + 2 * count;
	size -= 2 + 2 * count;
	qsort(cuts, count, sizeof(*cuts), compare_sizes);
	serve(&service, &whole, data, size, NULL, 0);
	serve(&service, &pieces, data, size, cuts, count);
	check(whole.length == pieces.length && whole.ended == pieces.ended, "cut otherwise, answered otherwise");
	check(whole.length > MOST_ANSWERED || memcmp(whole.bytes, pieces.bytes, whole.length) == 0,
	      "cut otherwise, other answers");
	return 0;
}
