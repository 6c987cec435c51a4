#include "output.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/version.h"
#include "sink.h"

struct sum {
	struct counters counters;
	int64_t first_ns;
	int64_t last_ns;
	int buffer_bytes;
};

static struct sum add_up(const struct service *service, const struct worker *workers, int threads)
{
	struct sum sum = {0};

	for (int t = 0; t < threads; t++) {
		for (int i = 0; i < workers[t].endpoint_count; i++) {
			const struct endpoint *e = &workers[t].endpoints[i];

			if (e->service != service)
				continue;
			counters_add(&sum.counters, &e->counters);
			if (!e->sink)
				continue;
			sum.buffer_bytes = e->sink->buffer_bytes;
			if (e->sink->first_ns && (!sum.first_ns || e->sink->first_ns < sum.first_ns))
				sum.first_ns = e->sink->first_ns;
			if (e->sink->last_ns > sum.last_ns)
				sum.last_ns = e->sink->last_ns;
		}
	}
	return sum;
}

static void write_sizes(const struct service *service)
{
	if (service->kind == SERVICE_HTTP) {
		fputs(",\"sizes\":[", stdout);
		for (int i = 0; i < service->size_count; i++)
			printf("%s%" PRIu32, i ? "," : "", service->sizes[i]);
		fputs("]", stdout);
	} else if (service->kind != SERVICE_SINK) {
		printf(",\"request_bytes\":%" PRIu32 ",\"response_bytes\":%" PRIu32, service->request_bytes,
		       service->response_bytes);
	}
}

static void write_sink(const struct sum *sum)
{
	const struct counters *c = &sum->counters;

	json_write_count("packets", c->packets);
	json_write_count("bytes", c->packet_bytes);
	printf(",\"first_ns\":%" PRId64 ",\"last_ns\":%" PRId64 ",\"buffer_bytes\":%d", sum->first_ns, sum->last_ns,
	       sum->buffer_bytes);
	json_write_count("numbered", c->numbered);
	json_write_count("gaps", c->gaps);
	json_write_count("missing", c->missing);
	json_write_count("reordered", c->reordered);
	json_write_count("duplicates", c->duplicates);
	json_write_count("warmup_packets", c->warmup_packets);
	json_write_count("socket_drops", c->socket_drops);
	json_write_count("connections", c->connections);
	json_write_count("refused", c->refused);
	json_write_count("stream_bytes", c->bytes_in);
}

static void write_answers(const struct service *service, const struct counters *c)
{
	if (service->kind == SERVICE_UDP) {
		json_write_count("unsent", c->unsent);
		json_write_count("socket_drops", c->socket_drops);
	} else {
		json_write_count("connections", c->connections);
		json_write_count("refused", c->refused);
	}
	json_write_count("requests", c->requests);
	json_write_count("answers", c->answers);
	if (service->kind == SERVICE_HTTP)
		json_write_count("not_found", c->not_found);
	if (service->kind != SERVICE_TCP)
		json_write_count(service->kind == SERVICE_HTTP ? "garbage" : "wrong_size", c->garbage);
	json_write_count("bytes_in", c->bytes_in);
	json_write_count("bytes_out", c->bytes_out);
}

int output_write(const struct options *o, const struct worker *workers, int threads, int64_t begun_ns)
{

	printf("{\"version\":\"%s\",\"bind\":\"%s\",\"threads\":%d,\"seconds\":%.9g", BAREWIRE_VERSION, o->bind,
	       threads, (double)(clock_now() - begun_ns) / 1e9);
	for (int kind = 0; kind < SERVICE_KINDS; kind++) {
		const char *comma = "";

		printf(",\"%s\":[", service_names[kind]);
		for (int i = 0; i < o->service_count; i++) {
			const struct service *service = &o->services[i];
			struct sum sum;

			if ((int)service->kind != kind)
				continue;
			sum = add_up(service, workers, threads);
			printf("%s{\"port\":%d", comma, service->port);
			write_sizes(service);
			if (service->kind == SERVICE_SINK)
				write_sink(&sum);
			else
				write_answers(service, &sum.counters);
			fputs("}", stdout);
			comma = ",";
		}
		fputs("]", stdout);
	}
	json_write_cpu();
	puts("}");
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}
