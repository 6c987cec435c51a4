#include "exchange.h"

/* What answers are made of; never written to. */
static const char fill[WORKER_BUFFER];

void exchange_write(struct worker *w, struct connection *c)
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

void exchange_read(struct worker *w, struct connection *c, size_t length)
{
	const struct service *service = c->endpoint->service;
	uint64_t whole;

	if (service->kind == SERVICE_SINK)
		return; /* counted already */
	c->partial += length;
	whole = c->partial / service->request_bytes;
	if (!whole)
		return;
	c->partial -= whole * service->request_bytes;
	c->endpoint->counters.requests += whole;
	c->owed += whole * service->response_bytes;
	exchange_write(w, c);
}
