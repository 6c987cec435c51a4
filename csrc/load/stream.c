#include "stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/clock.h"
#include "exchange.h"
#include "protocol.h"
#include "worker.h"

/*
 * In a row from one connection (4 MiB), before the clock and the others have their turn: a response may have no end.
 */
#define MOST_READS 64

static int write_request(struct connection *c, struct worker *w)
{
	ssize_t n = send(c->fd, w->request + c->written, w->request_length - c->written, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		return -1;
	if (n > 0) {
		c->written += (size_t)n;
		w->results.counters.bytes_out += (uint64_t)n;
		if (w->options->timestamps)
			stamps_sent(&c->stamps, c->fd, false, (size_t)n);
	}
	c->wants_write = c->written < w->request_length;
	if (c->wants_write)
		return 0;
	c->written = 0;
	return 1;
}

static int send_request(struct connection *c, struct worker *w, int64_t intended, int64_t now)
{
	uint32_t place = c->under_way_first + c->under_way_count;

	if (place >= (uint32_t)w->options->pipeline)
		place -= (uint32_t)w->options->pipeline;
	c->under_way[place] = (struct request){intended, now, 0};
	c->under_way_count++;
	return write_request(c, w);
}

static void fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	while (c->under_way_count) {
		struct request request = exchange_take(c, w);

		if (kind == ERROR_TIMEOUT)
			exchange_time_out(w, &request);
		else
			exchange_count_error(w, kind, request.intended);
	}
}

static int handle_end(struct connection *c, struct worker *w)
{
	if (c->state != CONNECTION_ENDING)
		return exchange_abort(c, w, ERROR_CLOSED);
	connection_close(c, w);
	return exchange_go_on(c, w);
}

static int handle_close(struct connection *c, struct worker *w)
{
	enum outcome outcome = w->protocol->end ? w->protocol->end(c, w) : GOES_ON;

	if (outcome != GOES_ON)
		return outcome == OUT_OF_MEMORY ? -1 : 0;
	return handle_end(c, w);
}

static int receive(struct connection *c, struct worker *w, bool to_the_end)
{
	for (int reads = 0; reads < MOST_READS; reads++) {
		size_t had = c->held_length;
		enum outcome outcome;
		ssize_t n;

		if (had)
			memcpy(w->buffer, c->held, had);
		if (w->options->timestamps)
			n = stamps_receive(&c->stamps, c->fd, w->buffer + had, WORKER_BUFFER - had);
		else
			n = recv(c->fd, w->buffer + had, WORKER_BUFFER - had, 0);
		if (n < 0)
			return errno == EAGAIN ? 0 : handle_end(c, w);
		if (n == 0)
			return handle_close(c, w);
		w->results.counters.bytes_in += (uint64_t)n;
		outcome = w->protocol->consume(c, w, w->buffer, had + (size_t)n);
		if (outcome != GOES_ON)
			return outcome == OUT_OF_MEMORY ? -1 : 0;
		if (had + (size_t)n < WORKER_BUFFER && !to_the_end)
			return 0;
		/* A large response is work, not a gap. */
		gap_runs(&w->gap, clock_now());
	}
	return connection_look_again(c, w) ? exchange_abort(c, w, ERROR_CLOSED) : 0;
}

const struct transport stream_transport = {
	.send = send_request,
	.write = write_request,
	.receive = receive,
	.fail = fail,
};
