#include "udp_stream_output.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/version.h"
#include "exact.h"

static int64_t count_seconds(int64_t duration)
{
	return (duration + CLOCK_SECOND_NS - 1) / CLOCK_SECOND_NS;
}

void packets_add(const struct options *o, struct packets_counters *sum, const struct packets_counters *more)
{
	sum->packets += more->packets;
	sum->warmup_packets += more->warmup_packets;
	sum->again += more->again;
	sum->no_buffers += more->no_buffers;
	if (more->longest_gap_ns > sum->longest_gap_ns)
		sum->longest_gap_ns = more->longest_gap_ns;
	if (more->stopped_ns > sum->stopped_ns)
		sum->stopped_ns = more->stopped_ns;
	for (int64_t i = 0; i < count_seconds(o->duration_ns); i++)
		sum->seconds[i] += more->seconds[i];
	histogram_merge(sum->pacing, more->pacing);
}

static void write_start(const struct options *o, int64_t monotonic_ns)
{
	printf("{\"type\":\"start\",\"version\":\"%s\",\"protocol\":\"udp-stream\",\"target\":\"%s\",\"port\":%d,\"request_bytes\":%" PRId64
	       ",\"rate_per_s\":%.9g,\"duration_ns\":%" PRId64 ",\"warmup_ns\":%" PRId64,
	       BAREWIRE_VERSION, o->target, o->port, o->request_bytes, o->rate_per_s, o->duration_ns, o->warmup_ns);
	printf(",\"threads\":%d,\"gso\":%d,\"burst\":%d,\"arrivals\":\"%s\",\"timing\":\"%s\",\"seed\":%" PRIu64
	       ",\"cpus\":[",
	       o->threads, o->gso, o->burst, o->poisson ? "poisson" : "even", o->timing->name, o->seed);
	for (int i = 0; i < o->threads && o->cpu_count; i++)
		printf("%s%d", i ? "," : "", o->cpus[i]);
	printf("],\"monotonic_ns\":%" PRId64 "}\n", monotonic_ns);
}

static void write_seconds(const struct packets_counters *sum, int64_t unix_start, int64_t duration)
{
	for (int64_t second = 0; second < count_seconds(duration); second++) {
		int64_t from = second * CLOCK_SECOND_NS;
		int64_t to = from + CLOCK_SECOND_NS < duration ? from + CLOCK_SECOND_NS : duration;

		printf("{\"type\":\"interval\",\"second\":%" PRId64 ",\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64
		       ",\"packets\":%" PRIu64 "}\n",
		       second, unix_start + from, unix_start + to, sum->seconds[second]);
	}
}

static void write_end(const struct options *o, const struct packets_counters *sum, int64_t duration)
{
	double seconds = (double)duration / 1e9;
	const char *comma = "";

	printf("{\"type\":\"end\",\"seconds\":%.9g,\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64
	       ",\"packets_per_s\":%.9g",
	       seconds, sum->packets, sum->packets * (uint64_t)o->request_bytes, (double)sum->packets / seconds);
	printf(",\"warmup_packets\":%" PRIu64 ",\"again\":%" PRIu64 ",\"no_buffers\":%" PRIu64
	       ",\"longest_gap_ns\":%" PRId64 ",\"stopped_ns\":%" PRId64 ",\"pacing\":[",
	       sum->warmup_packets, sum->again, sum->no_buffers, sum->longest_gap_ns, sum->stopped_ns);
	for (uint32_t i = sum->pacing->lowest; i <= sum->pacing->highest; i++) {
		if (sum->pacing->counts[i]) {
			printf("%s[%" PRId64 ",%" PRIu32 "]", comma, histogram_value(i), sum->pacing->counts[i]);
			comma = ",";
		}
	}
	fputs("],\"exact\":", stdout);
	if (sum->exact) {
		putchar('{');
		exact_write_idle(sum->idle_before, sum->idle_after, sum->span_ns);
	} else {
		fputs("null", stdout);
	}
	printf(",\"interrupted\":%s", duration < o->duration_ns ? "true" : "false");
	json_write_cpu();
	puts("}");
}

int packets_write(const struct options *o, const struct packets_counters *sum, int64_t monotonic_ns, int64_t unix_start,
		  int64_t duration)
{
	write_start(o, monotonic_ns);
	write_seconds(sum, unix_start, duration);
	write_end(o, sum, duration);
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}
