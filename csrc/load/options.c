#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "version.h"

static const char usage[] =
	"usage: barewire-load --target ADDRESS --port PORT [options]\n"
	"\n"
	"Sends requests at intended times and measures each from its intended time. Results go to\n"
	"standard output, one JSON object a line.\n"
	"\n"
	"  --protocol http|connect   keep-alive requests, or a connection for each (http)\n"
	"  --path PATH               what to ask for (/)\n"
	"  --rate N|max              requests per second, or a closed loop (max)\n"
	"  --duration TIME           recorded time, like 1s or 500ms (1s)\n"
	"  --warmup TIME             load before it, not recorded (0s)\n"
	"  --connections N           permanent connections, or how many at a time (64)\n"
	"  --threads N               each with its share of connections and rate (1)\n"
	"  --pipeline N              requests under way on one connection (1)\n"
	"  --arrivals even|poisson   how intended times are spaced (even)\n"
	"  --seed N                  of the random arrivals (1)\n"
	"  --timing spin|sleep       wait by polling or by sleeping (sleep)\n"
	"  --cpus 1,3                a CPU for each thread\n"
	"  --timeout TIME            after which a request has failed (10s)\n"
	"  --drain TIME              wait for answers after the end (1s)\n"
	"  --expect-bytes N          a body of another length is an error\n"
	"  --congestion NAME         TCP congestion control of the connections\n"
	"  --help, --version\n";

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...)
{
	va_list arguments;

	fputs("barewire-load: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(". See --help.\n", stderr);
	exit(2);
}

static int64_t parse_number(const char *name, const char *text, int64_t low, int64_t high)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < low || value > high)
		refuse("--%s %s is not a whole number from %lld to %lld", name, text, (long long)low, (long long)high);
	return value;
}

static int64_t parse_time(const char *name, const char *text)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}};
	char *end;
	double value = strtod(text, &end);

	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		double ns = value * units[i].ns;

		if (strcmp(end, units[i].unit) == 0 && ns >= 0 && ns <= 86400e9)
			return (int64_t)llround(ns);
	}
	refuse("--%s %s is not a time up to a day; write it like 1s, 500ms or 20us", name, text);
}

static double parse_rate(const char *text)
{
	char *end;
	double value;

	if (strcmp(text, "max") == 0)
		return 0;
	value = strtod(text, &end);
	if (end == text || *end || !(value > 0) || value > 1e8)
		refuse("--rate %s is neither max nor a number above 0 and up to 100000000", text);
	return value;
}

static void parse_cpus(struct options *o, const char *text)
{
	const char *at = text;

	o->cpu_count = 0;
	for (;;) {
		char *end;
		long cpu = strtol(at, &end, 10);

		if (end == at || cpu < 0 || cpu >= CPU_SETSIZE || o->cpu_count == OPTIONS_MOST_THREADS)
			refuse("--cpus %s is not a list of CPUs like 1,3", text);
		o->cpus[o->cpu_count++] = (int)cpu;
		if (*end == '\0')
			return;
		if (*end != ',')
			refuse("--cpus %s is not a list of CPUs like 1,3", text);
		at = end + 1;
	}
}

static bool parse_choice(const char *name, const char *text, const char *no, const char *yes)
{
	if (strcmp(text, yes) == 0)
		return true;
	if (strcmp(text, no) != 0)
		refuse("--%s %s is neither %s nor %s", name, text, no, yes);
	return false;
}

static const struct timing *parse_timing(const char *text)
{
	const struct timing *timing = timing_find(text);

	if (!timing)
		refuse("--timing %s is neither spin nor sleep", text);
	return timing;
}

static void check_path(const char *path)
{
	bool plain = path[0] == '/' && strlen(path) <= 1024;

	for (const char *at = path; *at; at++)
		plain = plain && *at > ' ' && *at < 0x7f;
	if (!plain)
		refuse("--path %s is not a path like /100 of at most 1024 ASCII characters", path);
}

static void resolve(struct options *o)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&o->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&o->address;

	if (!o->target[0] || !o->port)
		refuse("--target and --port are needed");
	if (inet_pton(AF_INET, o->target, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)o->port);
		o->address_length = sizeof(*four);
	} else if (inet_pton(AF_INET6, o->target, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)o->port);
		o->address_length = sizeof(*six);
	} else {
		refuse("--target %s is not an IP address", o->target);
	}
}

/* Asked of the kernel beforehand, so that a name that it does not know is not mistaken for a server that is not there. */
static void check_congestion(const struct options *o)
{
	int fd = socket(o->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Without a socket there is nothing to ask; connecting will say why. */
	if (fd < 0)
		return;
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
		refuse("--congestion %s: %s; net.ipv4.tcp_allowed_congestion_control names what may be used", o->congestion,
		       strerror(errno));
	close(fd);
}

void options_parse(struct options *o, int argc, char **argv)
{
	enum { TARGET = 1, PORT, PROTOCOL, PATH, RATE, DURATION, WARMUP, CONNECTIONS, THREADS, PIPELINE, ARRIVALS, SEED,
	       TIMING, CPUS, TIMEOUT, DRAIN, EXPECT, CONGESTION, HELP, VERSION };
	static const struct option known[] = {
		{"target", 1, 0, TARGET}, {"port", 1, 0, PORT}, {"protocol", 1, 0, PROTOCOL}, {"path", 1, 0, PATH},
		{"rate", 1, 0, RATE}, {"duration", 1, 0, DURATION}, {"warmup", 1, 0, WARMUP},
		{"connections", 1, 0, CONNECTIONS}, {"threads", 1, 0, THREADS}, {"pipeline", 1, 0, PIPELINE},
		{"arrivals", 1, 0, ARRIVALS}, {"seed", 1, 0, SEED}, {"timing", 1, 0, TIMING}, {"cpus", 1, 0, CPUS},
		{"timeout", 1, 0, TIMEOUT}, {"drain", 1, 0, DRAIN}, {"expect-bytes", 1, 0, EXPECT},
		{"congestion", 1, 0, CONGESTION}, {"help", 0, 0, HELP}, {"version", 0, 0, VERSION}, {0, 0, 0, 0},
	};
	int choice, word = 1;

	*o = (struct options){
		.path = "/", .protocol_name = "http", .duration_ns = 1000000000, .timeout_ns = 10000000000,
		.drain_ns = 1000000000, .connections = 64, .threads = 1, .pipeline = 1, .seed = 1, .expect_bytes = -1,
		.timing = &timing_sleep,
	};
	opterr = 0;
	/* The + keeps words in their order, so that the one which is wrong can be told. */
	for (; (choice = getopt_long(argc, argv, "+h", known, NULL)) != -1; word = optind) {
		switch (choice) {
		case TARGET:
			if (snprintf(o->target, sizeof(o->target), "%s", optarg) >= (int)sizeof(o->target))
				refuse("--target %s is not an IP address", optarg);
			break;
		case PORT: o->port = (int)parse_number("port", optarg, 1, 65535); break;
		case PROTOCOL: o->protocol_name = optarg; break;
		case PATH: o->path = optarg; break;
		case RATE: o->rate_per_s = parse_rate(optarg); break;
		case DURATION: o->duration_ns = parse_time("duration", optarg); break;
		case WARMUP: o->warmup_ns = parse_time("warmup", optarg); break;
		case CONNECTIONS: o->connections = (int)parse_number("connections", optarg, 1, OPTIONS_MOST_CONNECTIONS); break;
		case THREADS: o->threads = (int)parse_number("threads", optarg, 1, OPTIONS_MOST_THREADS); break;
		case PIPELINE: o->pipeline = (int)parse_number("pipeline", optarg, 1, OPTIONS_MOST_PIPELINE); break;
		case ARRIVALS: o->poisson = parse_choice("arrivals", optarg, "even", "poisson"); break;
		case SEED: o->seed = (uint64_t)parse_number("seed", optarg, 0, INT64_MAX); break;
		case TIMING: o->timing = parse_timing(optarg); break;
		case CPUS: parse_cpus(o, optarg); break;
		case TIMEOUT: o->timeout_ns = parse_time("timeout", optarg); break;
		case DRAIN: o->drain_ns = parse_time("drain", optarg); break;
		case EXPECT: o->expect_bytes = parse_number("expect-bytes", optarg, 0, INT64_MAX); break;
		case CONGESTION: o->congestion = optarg; break;
		case 'h':
		case HELP: fputs(usage, stdout); exit(0);
		case VERSION: printf("barewire-load %s\n", BAREWIRE_VERSION); exit(0);
		default: refuse("%s is not an option, or lacks its value", argv[word]);
		}
	}
	if (optind < argc)
		refuse("%s is one word too many", argv[optind]);
	check_path(o->path);
	if (o->duration_ns <= 0)
		refuse("--duration must be above 0");
	if (o->timeout_ns <= 0)
		refuse("--timeout must be above 0");
	if (o->threads > o->connections)
		refuse("%d threads cannot share %d connections", o->threads, o->connections);
	if (o->cpu_count && o->cpu_count < o->threads)
		refuse("%d threads need %d CPUs, and --cpus names %d", o->threads, o->threads, o->cpu_count);
	resolve(o);
	if (o->congestion)
		check_congestion(o);
}
