#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/program.h"
#include "../base/value.h"
#include "../base/version.h"
#include "checks.h"
#include "protocol.h"

#define MOST_GSO 64
#define MOST_BURST 64

/* Every option: its name in this file, on the command line, its argument ("" if none) and its help. */
/* clang-format off */
#define OPTIONS(OPTION) \
	OPTION(TARGET, "target", "ADDRESS", "IPv4 or IPv6 address of the server") \
	OPTION(PORT, "port", "PORT", "port of the server") \
	OPTION(PROTOCOL, "protocol", "NAME", "what is sent; one of those below (http)") \
	OPTION(RATE, "rate", "N|max", "requests per second (open loop), or a closed loop (max)") \
	OPTION(DURATION, "duration", "TIME", "recorded time, like 1s or 500ms (1s)") \
	OPTION(WARMUP, "warmup", "TIME", "time under load before recording begins (0s)") \
	OPTION(DRAIN, "drain", "TIME", "wait at most this long for responses after the recorded time (1s)") \
	OPTION(TIMEOUT, "timeout", "TIME", "timeout of a request (10s; udp: 1s)") \
	OPTION(CONNECTIONS, "connections", "N", "open connections (64)") \
	OPTION(PIPELINE, "pipeline", "N", "requests in flight on each connection (1)") \
	OPTION(THREADS, "threads", "N", "threads that share connections and rate (1)") \
	OPTION(CPUS, "cpus", "1,3", "pin each thread to a CPU") \
	OPTION(TIMING, "timing", "spin|sleep", "wait by polling or by sleeping (sleep)") \
	OPTION(ARRIVALS, "arrivals", "even|poisson", "spacing of intended send times (even)") \
	OPTION(SEED, "seed", "N", "seed of Poisson arrivals (1)") \
	OPTION(PATH, "path", "PATH", "path of HTTP requests (/)") \
	OPTION(EXPECT, "expect-bytes", "N", "an HTTP body of another length is an error") \
	OPTION(REQUEST, "request-bytes", "N", "size of a request (64)") \
	OPTION(RESPONSE, "response-bytes", "N", "size of a response; the server must send the same (64)") \
	OPTION(PAYLOAD, "payload", "SEED", "seed of random request bytes (0: all bytes equal)") \
	OPTION(CONGESTION, "congestion", "NAME", "TCP congestion control") \
	OPTION(GSO, "gso", "N", "udp-stream: the kernel segments one buffer into N datagrams (1)") \
	OPTION(BURST, "burst", "N", "udp-stream at a rate: send N together (1)") \
	OPTION(INTERVAL, "interval", "TIME", "length of each histogram in the output, 10ms or more (1s)") \
	OPTION(TIMESTAMPS, "timestamps", "", "also measure between the kernel's time stamps") \
	OPTION(EXACT, "exact", "", "keep every value, and how long the CPU was idle (one CPU)") \
	OPTION(PHASE, "phase", "TIME", "start this long after a multiple of 20ms of the monotonic clock") \
	OPTION(PROGRESS, "progress", "", "one line per second on standard error") \
	OPTION(HELP, "help", "", "print this help") \
	OPTION(VERSION, "version", "", "print the version")
/* clang-format on */

#define AS_NAME(id, name, argument, help) OPTION_##id,
#define AS_GETOPT(id, name, argument, help) {name, sizeof(argument) > 1, 0, OPTION_##id},
#define AS_LINE(id, name, argument, help) {name, argument, help},

enum option_id { OPTION_NONE, OPTIONS(AS_NAME) };

static void print_help(void)
{
	static const struct {
		const char *name, *argument, *help;
	} lines[] = {OPTIONS(AS_LINE)};

	fputs("usage: barewire-load --target ADDRESS --port PORT [options]\n"
	      "\n"
	      "Open-loop load generator: sends requests at intended times and measures each latency from its\n"
	      "intended time. Results go to standard output, one JSON object per line. Ctrl-C stops early and\n"
	      "prints the results so far (exit code 130).\n"
	      "\n"
	      "options (default):\n",
	      stdout);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int width = printf("  --%s%s%s", lines[i].name, lines[i].argument[0] ? " " : "", lines[i].argument);

		printf("%*s%s\n", 28 - width, "", lines[i].help);
	}
	fputs("\nprotocols:\n", stdout);
	for (size_t i = 0; protocol_at(i); i++)
		printf("  %-26s%s\n", protocol_at(i)->name, protocol_at(i)->summary);
}

static const struct timing *parse_timing(const char *text)
{
	const struct timing *timing = timing_find(text);

	if (!timing)
		program_refuse("--timing %s is neither spin nor sleep", text);
	return timing;
}

static bool is_any(const struct protocol *p)
{
	return p != NULL;
}

static const struct protocol *parse_protocol(const char *text)
{
	const struct protocol *protocol = protocol_find(text);
	char names[256];

	if (!protocol)
		program_refuse("--protocol %s is none of %s", text, protocol_list(is_any, names, sizeof(names)));
	return protocol;
}

static void parse_target(struct options *o, const char *text)
{
	if (snprintf(o->target, sizeof(o->target), "%s", text) >= (int)sizeof(o->target))
		program_refuse("--target %s is not an IP address", text);
}

static int parse_int(const char *name, const char *text, int most)
{
	return (int)value_number(name, text, 1, most);
}

static void set_option(struct options *o, enum option_id id, const char *text)
{
	switch (id) {
	case OPTION_TARGET: parse_target(o, text); break;
	case OPTION_PORT: o->port = parse_int("port", text, 65535); break;
	case OPTION_PROTOCOL: o->protocol = parse_protocol(text); break;
	case OPTION_PATH: o->path = text; break;
	case OPTION_RATE: o->rate_per_s = value_rate(text); break;
	case OPTION_DURATION: o->duration_ns = value_time("duration", text); break;
	case OPTION_WARMUP: o->warmup_ns = value_time("warmup", text); break;
	case OPTION_INTERVAL: o->interval_ns = value_time("interval", text); break;
	case OPTION_CONNECTIONS: o->connections = parse_int("connections", text, OPTIONS_MOST_CONNECTIONS); break;
	case OPTION_THREADS: o->threads = parse_int("threads", text, OPTIONS_MOST_THREADS); break;
	case OPTION_PIPELINE: o->pipeline = parse_int("pipeline", text, OPTIONS_MOST_PIPELINE); break;
	case OPTION_ARRIVALS:
		o->poisson = value_choice("arrivals", text, "even", "poisson");
		o->arrivals_given = true;
		break;
	case OPTION_SEED:
		o->seed = (uint64_t)value_number("seed", text, 0, INT64_MAX);
		o->seed_given = true;
		break;
	case OPTION_TIMING: o->timing = parse_timing(text); break;
	case OPTION_CPUS: o->cpu_count = value_cpus(text, o->cpus, OPTIONS_MOST_THREADS); break;
	case OPTION_TIMEOUT: o->timeout_ns = value_time("timeout", text); break;
	case OPTION_DRAIN: o->drain_ns = value_time("drain", text); break;
	case OPTION_EXPECT: o->expect_bytes = value_number("expect-bytes", text, 0, INT64_MAX); break;
	case OPTION_REQUEST: o->request_bytes = parse_int("request-bytes", text, OPTIONS_MOST_REQUEST_BYTES); break;
	case OPTION_RESPONSE: o->response_bytes = parse_int("response-bytes", text, OPTIONS_MOST_RESPONSE_BYTES); break;
	case OPTION_GSO: o->gso = parse_int("gso", text, MOST_GSO); break;
	case OPTION_CONGESTION: o->congestion = text; break;
	case OPTION_TIMESTAMPS: o->timestamps = true; break;
	case OPTION_PROGRESS: o->progress = true; break;
	case OPTION_EXACT: o->exact = true; break;
	case OPTION_PAYLOAD: o->payload = (uint64_t)value_number("payload", text, 0, INT64_MAX); break;
	case OPTION_PHASE: o->phase_ns = value_time("phase", text); break;
	case OPTION_BURST: o->burst = parse_int("burst", text, MOST_BURST); break;
	case OPTION_HELP: print_help(); exit(0);
	case OPTION_VERSION: printf("barewire-load %s\n", BAREWIRE_VERSION); exit(0);
	case OPTION_NONE: break;
	}
}

void command_parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {OPTIONS(AS_GETOPT){0, 0, 0, 0}};
	int choice, word = 1;

	*o = (struct options){
		.protocol = protocol_find("http"),
		.duration_ns = CLOCK_SECOND_NS,
		.interval_ns = CLOCK_SECOND_NS,
		.timeout_ns = OPTIONS_NOT_GIVEN,
		.drain_ns = CLOCK_SECOND_NS,
		.connections = 64,
		.threads = 1,
		.pipeline = 1,
		.gso = 1,
		.burst = 1,
		.phase_ns = OPTIONS_NOT_GIVEN,
		.seed = 1,
		.expect_bytes = OPTIONS_NOT_GIVEN,
		.request_bytes = OPTIONS_NOT_GIVEN,
		.response_bytes = OPTIONS_NOT_GIVEN,
		.timing = &timing_sleep,
	};
	opterr = 0;
	/* The + keeps words in their order, so that the wrong one can be named. */
	for (; (choice = getopt_long(argc, argv, "+h", known, NULL)) != -1; word = optind) {
		if (choice == '?')
			program_refuse("%s is not an option, or lacks its value", argv[word]);
		set_option(o, choice == 'h' ? OPTION_HELP : (enum option_id)choice, optarg);
	}
	if (optind < argc)
		program_refuse("%s is one word too many", argv[optind]);
	checks_complete(o);
}
