#include "exchange.h"

/* What answers are made of; never written to. */
static const char fill[WORKER_BUFFER];

static void write_answers(struct worker *w, struct connection *c)
{
	uint64_t response = c->endpoint->service->response_bytes;

	while (c->owed) {
		size_t piece = c->owed < sizeof(fill) ? (size_t)c->owed : sizeof(fill);
		uint64_t before = (c->owed + response - 1) / response;
		ssize_t sent = connection_send(c, fill, piece, c->owed > piece);

		if (sent < 0) {
			connection_close(w, c);
			return;
		}
		if (sent == 0) {
			c->blocked = true;
			return;
		}
		c->owed -= (uint64_t)sent;
		c->endpoint->counters.answers += before - (c->owed + response - 1) / response;
	}
}

static void read_requests(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	const struct service *service = c->endpoint->service;
	uint64_t whole;

	(void)bytes;
	c->partial += length;
	whole = c->partial / service->request_bytes;
	if (!whole)
		return;
	c->partial -= whole * service->request_bytes;
	c->endpoint->counters.requests += whole;
	c->owed += whole * service->response_bytes;
	write_answers(w, c);
}

/* Counted already. */
static void discard(struct worker *w, struct connection *c, const char *bytes, size_t length)
{
	(void)w;
	(void)c;
	(void)bytes;
	(void)length;
}

const struct stream exchange_stream = {read_requests, write_answers};
const struct stream exchange_sink = {discard, write_answers};
