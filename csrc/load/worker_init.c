#include "worker_init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cpu.h"
#include "connection.h"
#include "protocol.h"

int worker_init(struct worker *w, const struct options *o, int index)
{
	uint32_t threads = (uint32_t)o->threads;
	uint32_t seconds = (uint32_t)((o->duration_ns + o->interval_ns - 1) / o->interval_ns);

	memset(w, 0, sizeof(*w));
	w->options = o;
	w->protocol = o->protocol;
	w->index = index;
	w->closed_loop = o->rate_per_s == 0;
	w->waiter = (struct waiter){.epoll = -1, .timer = -1};
	w->connection_count = (uint32_t)schedule_connections((uint64_t)index, threads, (uint64_t)o->connections);
	w->connections = calloc(w->connection_count, sizeof(*w->connections));
	if (!w->connections)
		return -1;
	for (uint32_t i = 0; i < w->connection_count; i++)
		w->connections[i].fd = -1;
	for (uint32_t i = 0; i < w->connection_count; i++)
		if (connection_init(&w->connections[i], o->pipeline))
			return -1;
	w->buffer = malloc(WORKER_BUFFER);
	w->request_length = w->protocol->request(o, NULL, 0);
	/* One byte more for the end of a string. */
	w->request = malloc(w->request_length + 1);
	if (w->request)
		w->protocol->request(o, w->request, w->request_length + 1);
	if (!w->buffer || !w->request || results_init(&w->results, seconds) ||
	    ticks_init(&w->results.ticks, o->duration_ns) || ledger_init(&w->ledger, o) ||
	    exact_init(&w->results.exact, o) || waiter_open(&w->waiter))
		return -1;
	/*
	 * In a closed loop the time to wake at stays for long, and to set a timer anew for each wait is 3 % of a round
	 * trip.
	 */
	if ((w->closed_loop || o->exact) && o->timing == &timing_sleep && waiter_steady(&w->waiter))
		return -1;
	if (!w->closed_loop)
		schedule_init(&w->schedule, o->poisson, o->rate_per_s, (uint64_t)index, threads,
			      (uint64_t)o->connections, o->seed);
	return 0;
}

void worker_free(struct worker *w)
{
	for (uint32_t i = 0; w->connections && i < w->connection_count; i++)
		connection_free(&w->connections[i]);
	free(w->connections);
	free(w->buffer);
	free(w->request);
	ledger_free(&w->ledger);
	results_free(&w->results);
	waiter_close(&w->waiter);
}

bool worker_pin(struct worker *w, int cpu)
{
	return !cpu_pin(cpu) || worker_give_up(w, "CPU %d of --cpus: %s", cpu, strerror(errno));
}

void worker_leave(struct worker *w)
{
	for (uint32_t i = 0; i < w->connection_count; i++)
		connection_leave(&w->connections[i], w);
	worker_settle(w);
}
