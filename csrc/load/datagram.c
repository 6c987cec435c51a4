#include "datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/clock.h"
#include "exchange.h"
#include "protocol.h"
#include "worker.h"

/* The low bits of a number are its place, so that an answer finds it without a search. */
#define PLACE_BITS 8
#define PLACE_MASK ((UINT64_C(1) << PLACE_BITS) - 1)

/* What the kernel counts for each datagram in addition to its bytes. */
#define OVERHEAD_BYTES 1536

_Static_assert(OPTIONS_MOST_PIPELINE <= 1 << PLACE_BITS, "a place of the pipeline fits into a number");

/* Free places are a list: `intended` is the next one. */
static void set_free(struct connection *c, uint32_t place)
{
	c->under_way[place] = (struct request){.intended = c->under_way_first};
	c->under_way_first = place;
}

/*
 * Answers may come all at once. Where the kernel gives less (net.core.rmem_max), what is lost is counted as timeouts.
 */
static void make_room(int fd, const struct options *o)
{
	int64_t wanted = o->pipeline * (o->response_bytes + OVERHEAD_BYTES);
	socklen_t length = sizeof(int);
	int now, size = wanted < INT32_MAX / 2 ? (int)wanted : INT32_MAX / 2;

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &now, &length) == 0 && now < size)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void open_places(struct connection *c, struct worker *w)
{
	/* Counted on from the time of opening, no number is that of a socket which had the same port before. */
	c->reader.numbers = (uint64_t)c->since_ns;
	make_room(c->fd, w->options);
	for (uint32_t place = (uint32_t)w->options->pipeline; place; place--)
		set_free(c, place - 1);
}

static struct request take(struct connection *c, struct worker *w, uint32_t place)
{
	struct request request = c->under_way[place];

	set_free(c, place);
	c->under_way_count--;
	w->outstanding--;
	return request;
}

static int put(struct connection *c, struct worker *w, uint64_t number)
{
	ssize_t n;

	memcpy(w->request, &number, sizeof(number));
	n = send(c->fd, w->request, w->request_length, MSG_NOSIGNAL);
	/* A full queue of the device is reported as ENOBUFS; the datagram is lost as others are. */
	if (n < 0 && errno != EAGAIN && errno != ENOBUFS) {
		w->results.connect_errno = errno;
		return -1;
	}
	c->wants_write = n < 0 && errno == EAGAIN;
	if (n > 0)
		w->results.counters.bytes_out += (uint64_t)n;
	if (n > 0 && w->options->timestamps)
		stamps_sent(&c->stamps, c->fd, true, (size_t)n);
	return !c->wants_write;
}

static int send_request(struct connection *c, struct worker *w, int64_t intended, int64_t now)
{
	uint32_t place = c->under_way_first;
	uint64_t number = ++c->reader.numbers << PLACE_BITS | place;

	c->under_way_first = (uint32_t)c->under_way[place].intended;
	c->under_way[place] = (struct request){intended, now, number};
	c->under_way_count++;
	c->written = place;
	return put(c, w, number);
}

static int write_request(struct connection *c, struct worker *w)
{
	/* It may have been given up meanwhile. */
	if (c->under_way[c->written].number)
		return put(c, w, c->under_way[c->written].number);
	c->wants_write = false;
	return 1;
}

static int receive(struct connection *c, struct worker *w, bool to_the_end)
{
	/*
	 * With edges, what arrived before the event is read now or never reported again. When all that was under way is
	 * answered, at most strays are left, and they can wait for the next edge; so the read that finds nothing is
	 * saved.
	 */
	uint32_t expected = to_the_end || !c->under_way_count ? UINT32_MAX : c->under_way_count;

	while (expected) {
		ssize_t n = w->options->timestamps ? stamps_receive(&c->stamps, c->fd, w->buffer, WORKER_BUFFER)
						   : recv(c->fd, w->buffer, WORKER_BUFFER, 0);
		struct request request;
		uint64_t number = 0;
		uint32_t place;

		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0) {
			w->results.connect_errno = errno;
			return exchange_abort(c, w, ERROR_CONNECT);
		}
		w->now = clock_now();
		w->results.counters.bytes_in += (uint64_t)n;
		if (n >= DATAGRAM_NUMBER_BYTES)
			memcpy(&number, w->buffer, sizeof(number));
		place = number & PLACE_MASK;
		if (number == 0 || place >= (uint32_t)w->options->pipeline || c->under_way[place].number != number) {
			w->results.counters.stray++;
			continue;
		}
		request = take(c, w, place);
		if ((uint64_t)n == (uint64_t)w->options->response_bytes) {
			worker_complete(w, request.intended, request.sent, w->now);
			if (w->options->timestamps)
				exchange_record_wire(c, w, request.intended);
		} else {
			example_length(&w->results.example, (uint64_t)n);
			exchange_count_error(w, ERROR_LENGTH, request.intended);
		}
		expected -= expected != UINT32_MAX;
		if (exchange_go_on(c, w))
			return -1;
		if (c->state != CONNECTION_OPEN)
			return 0;
	}
	return 0;
}

bool datagram_give_up(struct connection *c, struct worker *w, int64_t limit)
{
	bool any = false;

	for (uint32_t i = 0; c->under_way_count && i < (uint32_t)w->options->pipeline; i++) {
		if (c->under_way[i].number && c->under_way[i].sent < limit) {
			struct request request = take(c, w, i);

			exchange_time_out(w, &request);
			any = true;
		}
	}
	return any;
}

static void fail(struct connection *c, struct worker *w, enum error_kind kind)
{
	for (uint32_t i = 0; c->under_way_count && i < (uint32_t)w->options->pipeline; i++)
		if (c->under_way[i].number)
			exchange_count_error(w, kind, take(c, w, i).intended);
}

const struct transport datagram_transport = {
	.open = open_places,
	.send = send_request,
	.write = write_request,
	.receive = receive,
	.fail = fail,
};
