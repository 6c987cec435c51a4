#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/version.h"
#include "exact.h"
#include "memory.h"
#include "protocol.h"

/* `monotonic_ns` is the start of the recorded time on the clock that other programs of this machine can read too. */
static void write_start(const struct options *o, int64_t monotonic_ns)
{
	fputs("{\"type\":\"start\",\"version\":\"" BAREWIRE_VERSION "\",\"protocol\":", stdout);
	json_write_string(o->protocol->name);
	fputs(",\"target\":", stdout);
	json_write_string(o->target);
	fputs(",\"path\":", stdout);
	if (o->path)
		json_write_string(o->path);
	else
		fputs("null", stdout);
	json_write_optional("request_bytes", o->request_bytes);
	json_write_optional("response_bytes", o->response_bytes);
	json_write_optional("expect_bytes", o->expect_bytes);
	printf(",\"port\":%d,\"rate_per_s\":%.9g,\"duration_ns\":%" PRId64 ",\"warmup_ns\":%" PRId64, o->port,
	       o->rate_per_s, o->duration_ns, o->warmup_ns);
	printf(",\"timeout_ns\":%" PRId64 ",\"drain_ns\":%" PRId64 ",\"connections\":%d,\"threads\":%d,\"pipeline\":%d",
	       o->timeout_ns, o->drain_ns, o->connections, o->threads, o->pipeline);
	printf(",\"arrivals\":\"%s\",\"timing\":\"%s\",\"seed\":%" PRIu64, o->poisson ? "poisson" : "even",
	       o->timing->name, o->seed);
	fputs(",\"congestion\":", stdout);
	json_write_string(o->congestion ? o->congestion : "");
	fputs(",\"cpus\":[", stdout);
	for (int i = 0; i < o->threads && o->cpu_count; i++)
		printf("%s%d", i ? "," : "", o->cpus[i]);
	printf("],\"timestamps\":%s,\"exact\":%s,\"payload\":%" PRIu64, o->timestamps ? "true" : "false",
	       o->exact ? "true" : "false", o->payload);
	json_write_optional("phase_ns", o->phase_ns);
	json_write_optional("exact_room", o->exact ? (int64_t)(exact_room(o) * (uint64_t)o->threads) : -1);
	printf(",\"memory_bound_bytes\":%" PRIu64 ",\"monotonic_ns\":%" PRId64 "}\n", memory_bound(o), monotonic_ns);
}

static void write_pairs(struct histogram *merged, const struct worker *workers, int threads, int kind, uint32_t second)
{
	const char *comma = "";

	for (int i = 0; i < threads; i++)
		histogram_add(merged, &workers[i].results.seconds[kind][second]);
	printf(",\"%s\":[", result_names[kind]);
	for (uint32_t i = merged->lowest; i <= merged->highest; i++) {
		if (merged->counts[i]) {
			printf("%s[%" PRId64 ",%" PRIu32 "]", comma, histogram_value(i), merged->counts[i]);
			comma = ",";
		}
	}
	putchar(']');
	histogram_reset(merged);
}

static int write_seconds(const struct options *o, const struct worker *workers, int64_t unix_start, int64_t duration)
{
	/* As many as the load had: it may have been ended early. */
	uint32_t seconds = (uint32_t)((duration + o->interval_ns - 1) / o->interval_ns);
	struct histogram *merged = malloc(sizeof(*merged));

	if (!merged)
		return -1;
	histogram_reset(merged);
	for (uint32_t second = 0; second < seconds; second++) {
		int64_t from = (int64_t)second * o->interval_ns;
		int64_t to = from + o->interval_ns < duration ? from + o->interval_ns : duration;

		printf("{\"type\":\"interval\",\"second\":%" PRIu32 ",\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64,
		       second, unix_start + from, unix_start + to);
		for (int kind = 0; kind < RESULT_KINDS; kind++)
			write_pairs(merged, workers, o->threads, kind, second);
		fputs("}\n", stdout);
	}
	free(merged);
	return 0;
}

/*
 * Latencies of each tick, of all threads, as the lowest value of a bucket and its count; no more ticks than the load
 * had.
 */
static void write_ticks(const struct options *o, const struct worker *workers, int64_t duration)
{
	int64_t length = ticks_length(o->duration_ns);
	uint32_t count = (uint32_t)((duration + length - 1) / length);

	printf(",\"ticks\":{\"tick_ns\":%" PRId64 ",\"counts\":[", length);
	for (uint32_t tick = 0; tick < count; tick++) {
		const char *comma = "";

		fputs(tick ? ",[" : "[", stdout);
		for (uint32_t bucket = 0; bucket < TICK_BUCKETS; bucket++) {
			uint64_t sum = 0;

			for (int i = 0; i < o->threads; i++)
				sum += workers[i].results.ticks.counts[tick][bucket];
			if (sum) {
				printf("%s[%" PRId64 ",%" PRIu64 "]", comma, ticks_value(bucket), sum);
				comma = ",";
			}
		}
		putchar(']');
	}
	fputs("]}", stdout);
}

/* Bytes are written as the characters with the same numbers. */
static void write_examples(const struct options *o, const struct worker *workers)
{
	struct example sum = {0};
	const char *comma = "";

	for (int i = 0; i < o->threads; i++)
		example_add(&sum, &workers[i].results.example);
	fputs(",\"examples\":{", stdout);
	if (sum.status) {
		printf("\"status\":%d", sum.status);
		comma = ",";
	}
	if (sum.has_length) {
		printf("%s\"length\":%" PRIu64, comma, sum.length);
		comma = ",";
	}
	for (int kind = 0; kind < EXAMPLE_KINDS; kind++) {
		if (!sum.lengths[kind])
			continue;
		printf("%s\"%s\":\"", comma, example_names[kind]);
		for (uint32_t i = 0; i < sum.lengths[kind]; i++) {
			unsigned char c = (unsigned char)sum.bytes[kind][i];

			if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
				printf("\\u%04x", c);
			else
				putchar(c);
		}
		putchar('"');
		comma = ",";
	}
	putchar('}');
}

static int write_exact(const struct options *o, const struct worker *workers, const struct idle *idle)
{
	const struct exact *threads[OPTIONS_MOST_THREADS], *first = &workers[0].results.exact;
	uint64_t answers = 0, partial = 0;

	fputs(",\"exact\":", stdout);
	if (!o->exact) {
		fputs("null", stdout);
		return 0;
	}
	for (int i = 0; i < o->threads; i++) {
		threads[i] = &workers[i].results.exact;
		answers += threads[i]->answers;
		partial += threads[i]->partial;
	}
	putchar('{');
	if (exact_write(threads, o->threads))
		return -1;
	if (first->ended) {
		printf(",\"answers\":%" PRIu64 ",\"partial\":%" PRIu64 ",", answers, partial);
		exact_write_idle(first->idle_before, first->idle_after, first->ended - first->began);
	} else {
		fputs(",\"answers\":null,\"partial\":null,", stdout);
		exact_write_idle(idle->before, idle->after, idle->span_ns);
	}
	return 0;
}

static int write_end(const struct options *o, const struct worker *workers, const struct counters *sum,
		     int64_t duration, const struct idle *idle)
{
	bool timestamps = o->timestamps, interrupted = duration < o->duration_ns;
	double seconds = (double)duration / 1e9;
	int64_t longest_gap = 0, stopped = 0;

	printf("{\"type\":\"end\",\"seconds\":%.9g,\"requests\":%" PRIu64 ",\"completed\":%" PRIu64
	       ",\"unfinished\":%" PRIu64,
	       seconds, sum->requests, sum->completed, sum->unfinished);
	for (int i = 0; i < o->threads; i++) {
		if (workers[i].gap.longest_ns > longest_gap)
			longest_gap = workers[i].gap.longest_ns;
		if (workers[i].gap.whole_ns > stopped)
			stopped = workers[i].gap.whole_ns;
	}
	printf(",\"lost\":%" PRIu64, sum->lost);
	printf(",\"longest_gap_ns\":%" PRId64 ",\"stopped_ns\":%" PRId64, longest_gap, stopped);
	printf(",\"achieved_per_s\":%.9g,\"late\":%" PRIu64 ",\"not_taken_up\":%" PRIu64 ",\"saturated\":%" PRIu64
	       ",\"errors\":{",
	       (double)sum->in_window / seconds, sum->late, sum->not_taken_up, sum->saturated);
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		printf("%s\"%s\":%" PRIu64, kind ? "," : "", error_names[kind], sum->errors[kind]);
	printf("},\"stray\":%" PRIu64 ",\"ambiguous\":%" PRIu64, sum->stray, sum->ambiguous);
	write_examples(o, workers);
	if (timestamps)
		printf(",\"unstamped\":%" PRIu64, sum->unstamped);
	else
		fputs(",\"unstamped\":null", stdout);
	printf(",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 "", sum->bytes_in, sum->bytes_out);
	printf(",\"tcp\":{\"retransmissions\":%" PRIu64 ",\"reopened\":%" PRIu64 ",\"syn_retransmissions\":%" PRIu64
	       ",\"rtt_us\":",
	       sum->retransmissions, sum->reopened, sum->syn_retransmissions);
	if (sum->rtt_count)
		printf("{\"min\":%" PRIu64 ",\"mean\":%.6g,\"max\":%" PRIu64 "}}", sum->rtt_us_min,
		       (double)sum->rtt_us_sum / (double)sum->rtt_count, sum->rtt_us_max);
	else
		fputs("null}", stdout);
	printf(",\"memory_bytes\":%" PRIu64, memory_peak());
	write_ticks(o, workers, duration);
	if (write_exact(o, workers, idle))
		return -1;
	printf(",\"interrupted\":%s", interrupted ? "true" : "false");
	json_write_cpu();
	puts("}");
	return 0;
}

int output_write(const struct options *o, const struct worker *workers, const struct counters *sum, int64_t unix_start,
		 const struct idle *idle)
{
	int64_t duration = workers[0].end - workers[0].start;

	write_start(o, workers[0].start);
	if (write_seconds(o, workers, unix_start, duration) || write_end(o, workers, sum, duration, idle))
		return -1;
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}
