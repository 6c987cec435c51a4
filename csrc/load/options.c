#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/address.h"
#include "../base/clock.h"
#include "../base/program.h"
#include "../base/value.h"
#include "../base/version.h"
#include "datagram.h"
#include "exact.h"
#include "protocol.h"

#define NOT_GIVEN (-1)
#define USUAL_BYTES 64
#define MOST_GSO 64
#define MOST_BURST 64
#define USUAL_TIMEOUT_NS INT64_C(10000000000)
/* What is lost is sent by nobody again. */
#define USUAL_TIMEOUT_DATAGRAM_NS INT64_C(1000000000)

static const char usage[] =
	"usage: barewire-load --target ADDRESS --port PORT [options]\n"
	"\n"
	"Sends requests at intended times and measures each from its intended time. Results go to\n"
	"standard output, one JSON object a line.\n"
	"\n"
	"  --protocol NAME           (http)\n"
	"      http                  GET over permanent connections\n"
	"      connect               GET with a connection for each\n"
	"      tcp                   bytes of given sizes over permanent connections\n"
	"      tcp-crr               the same with a connection for each\n"
	"      udp                   datagrams of given sizes, 8 B at least\n"
	"      packets               one-way datagrams; the server's sink tells what arrived\n"
	"  --path PATH               what to ask for, with http and connect (/)\n"
	"  --request-bytes N         size of a request, with tcp, tcp-crr, udp and packets (64)\n"
	"  --response-bytes N        size of its response, as the server was told (64)\n"
	"  --rate N|max              requests per second, or a closed loop (max)\n"
	"  --duration TIME           recorded time, like 1s or 500ms (1s)\n"
	"  --warmup TIME             load before it, not recorded (0s)\n"
	"  --interval TIME           of each histogram on standard output, 10ms or more (1s)\n"
	"  --connections N           permanent connections, or how many at a time (64)\n"
	"  --threads N               each with its share of connections and rate (1)\n"
	"  --pipeline N              requests under way on one connection, with http, tcp and udp (1)\n"
	"  --gso N                   with packets: have the kernel cut N out of one (1: each sent by itself)\n"
	"  --arrivals even|poisson   how intended times are spaced (even)\n"
	"  --seed N                  of the random arrivals (1)\n"
	"  --timing spin|sleep       wait by polling or by sleeping (sleep)\n"
	"  --cpus 1,3                a CPU for each thread\n"
	"  --timeout TIME            after which a request has failed (10s; udp 1s)\n"
	"  --drain TIME              wait for answers after the end (1s)\n"
	"  --expect-bytes N          a body of another length is an error, with http and connect\n"
	"  --congestion NAME         TCP congestion control of the connections\n"
	"  --exact                   tell every value and not only its bucket, and how long an only CPU was idle\n"
	"  --payload SEED            random bytes in requests of tcp, tcp-crr and udp (0: all alike)\n"
	"  --phase TIME              begin so long after a multiple of 20ms of the monotonic clock\n"
	"  --burst N                 with packets at a rate: N leave together (1)\n"
	"  --timestamps              measure between the kernel's stamps too, with http, tcp and udp\n"
	"  --progress                a line a second on standard error\n"
	"  --help, --version\n"
	"\n"
	"Ctrl-C ends the load early and tells what was measured (exit code 130). The memory that a load\n"
	"can take at most is memory_bound_bytes of its first line of output.\n";

static const struct timing *parse_timing(const char *text)
{
	const struct timing *timing = timing_find(text);

	if (!timing)
		program_refuse("--timing %s is neither spin nor sleep", text);
	return timing;
}

static const struct protocol *parse_protocol(const char *text)
{
	const struct protocol *protocol = protocol_find(text);

	if (!protocol)
		program_refuse("--protocol %s is none of http, connect, tcp, tcp-crr, udp and packets", text);
	return protocol;
}

static void check_path(const char *path)
{
	bool plain = path[0] == '/' && strlen(path) <= 1024;

	for (const char *at = path; *at; at++)
		plain = plain && *at > ' ' && *at < 0x7f;
	if (!plain)
		program_refuse("--path %s is not a path like /100 of at most 1024 ASCII characters", path);
}

static void resolve_target(struct options *o)
{
	if (!o->target[0] || !o->port)
		program_refuse("--target and --port are needed");
	o->address_length = address_parse(o->target, &o->address);
	if (!o->address_length)
		program_refuse("--target %s is not an IP address", o->target);
	address_set_port(&o->address, o->port);
}

/*
 * Asked of the kernel beforehand, so that a name that it does not know is not mistaken for a server that is not there.
 */
static void check_congestion(const struct options *o)
{
	int fd = socket(o->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Without a socket there is nothing to ask; connecting will say why. */
	if (fd < 0)
		return;
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
		program_refuse("--congestion %s: %s; net.ipv4.tcp_allowed_congestion_control names what may be used",
			       o->congestion, strerror(errno));
	close(fd);
}

static void check_sizes(const struct options *o)
{
	const char *name = o->protocol->name;
	int64_t least = o->protocol->datagrams ? DATAGRAM_NUMBER_BYTES : 1;

	if (o->protocol->datagrams &&
	    (o->request_bytes > DATAGRAM_MOST_BYTES || o->response_bytes > DATAGRAM_MOST_BYTES))
		program_refuse("--protocol %s takes datagrams of at most %d bytes", name, DATAGRAM_MOST_BYTES);
	if (o->request_bytes < least || o->response_bytes < least)
		program_refuse("--protocol %s needs %" PRId64 " bytes for the number that a datagram begins with", name,
			       least);
}

/* Sent one way, so that nothing of an answer has a meaning. */
static void check_one_way(const struct options *o, bool response_given)
{
	if (!o->protocol->run) {
		if (o->gso != 1 || o->burst != 1)
			program_refuse("--%s is for packets alone", o->gso != 1 ? "gso" : "burst");
		return;
	}
	if (response_given)
		program_refuse("--response-bytes: nothing answers to --protocol %s", o->protocol->name);
	if (o->pipeline != 1)
		program_refuse("--pipeline %d: --protocol %s has no requests under way", o->pipeline,
			       o->protocol->name);
	if (o->interval_ns != CLOCK_SECOND_NS)
		program_refuse("--interval: what arrives of --protocol %s is counted by seconds", o->protocol->name);
	if (o->progress)
		program_refuse("--progress: what arrives of --protocol %s is told by the server alone, at the end",
			       o->protocol->name);
	if (o->burst > 1 && o->rate_per_s == 0)
		program_refuse("--burst %d: --rate max sends as many together as it can", o->burst);
	if (o->gso > 1 && o->rate_per_s > 0)
		program_refuse("--gso is for --rate max, because datagrams that are cut out of one leave together");
	if (o->gso * o->request_bytes > DATAGRAM_MOST_BYTES)
		program_refuse("--gso %d of --request-bytes %" PRId64 " is more than the %d bytes of one datagram",
			       o->gso, o->request_bytes, DATAGRAM_MOST_BYTES);
}

/*
 * What was not given is filled in; what means nothing to the protocol is refused, so that nobody believes that it was
 * heeded.
 */
static void finish_protocol(struct options *o)
{
	const struct protocol *p = o->protocol;
	bool response_given = o->response_bytes != NOT_GIVEN;

	if (p->sized) {
		if (o->path || o->expect_bytes != NOT_GIVEN)
			program_refuse(
				"--path and --expect-bytes are for http and connect; --protocol %s takes --request-bytes and --response-bytes",
				p->name);
		o->request_bytes = o->request_bytes == NOT_GIVEN ? USUAL_BYTES : o->request_bytes;
		o->response_bytes = o->response_bytes == NOT_GIVEN ? USUAL_BYTES : o->response_bytes;
		check_sizes(o);
	} else if (o->request_bytes != NOT_GIVEN || o->response_bytes != NOT_GIVEN) {
		program_refuse(
			"--request-bytes and --response-bytes are for tcp, tcp-crr and udp; --protocol %s takes --path and --expect-bytes",
			p->name);
	} else {
		o->path = o->path ? o->path : "/";
		check_path(o->path);
	}
	check_one_way(o, response_given);
	if (p->each_its_own && o->pipeline != 1)
		program_refuse("--pipeline %d: --protocol %s has one request on each connection", o->pipeline, p->name);
	if (o->timestamps && (o->pipeline != 1 || p->each_its_own || p->run))
		program_refuse("--timestamps is for http, tcp and udp with --pipeline 1");
	if (o->payload && (!p->sized || p->run))
		program_refuse("--payload is for tcp, tcp-crr and udp");
	if (p->datagrams && o->congestion)
		program_refuse("--congestion %s: --protocol %s is not TCP", o->congestion, p->name);
	if (o->timeout_ns == NOT_GIVEN)
		o->timeout_ns = p->datagrams ? USUAL_TIMEOUT_DATAGRAM_NS : USUAL_TIMEOUT_NS;
}

/* Every value is kept in memory, so there must not be too many. */
static void check_exact(const struct options *o)
{
	if (o->phase_ns >= OPTIONS_PHASE_NS)
		program_refuse("--phase must be below 20ms");
	if (!o->exact)
		return;
	if (o->pipeline != 1)
		program_refuse(
			"--exact and --pipeline %d do not go together: what is answered at once has no time of its own",
			o->pipeline);
	if (o->protocol->run && o->threads != 1)
		program_refuse("--exact takes one thread with --protocol %s", o->protocol->name);
	if (!o->protocol->run && exact_room(o) * (uint64_t)o->threads > EXACT_MOST)
		program_refuse("--exact keeps at most %" PRIu32 " values, and this load can have %" PRIu64
			       "; shorten --duration%s",
			       EXACT_MOST, exact_room(o) * (uint64_t)o->threads,
			       o->rate_per_s > 0 ? ", or offer a lower --rate" : "");
}

void options_parse(struct options *o, int argc, char **argv)
{
	enum {
		TARGET = 1,
		PORT,
		PROTOCOL,
		PATH,
		RATE,
		DURATION,
		WARMUP,
		INTERVAL,
		CONNECTIONS,
		THREADS,
		PIPELINE,
		ARRIVALS,
		SEED,
		TIMING,
		CPUS,
		TIMEOUT,
		DRAIN,
		EXPECT,
		REQUEST,
		RESPONSE,
		GSO,
		CONGESTION,
		TIMESTAMPS,
		PROGRESS,
		EXACT,
		PAYLOAD,
		PHASE,
		BURST,
		HELP,
		VERSION
	};
	static const struct option known[] = {
		{"target", 1, 0, TARGET},
		{"port", 1, 0, PORT},
		{"protocol", 1, 0, PROTOCOL},
		{"path", 1, 0, PATH},
		{"rate", 1, 0, RATE},
		{"duration", 1, 0, DURATION},
		{"warmup", 1, 0, WARMUP},
		{"interval", 1, 0, INTERVAL},
		{"connections", 1, 0, CONNECTIONS},
		{"threads", 1, 0, THREADS},
		{"pipeline", 1, 0, PIPELINE},
		{"arrivals", 1, 0, ARRIVALS},
		{"seed", 1, 0, SEED},
		{"timing", 1, 0, TIMING},
		{"cpus", 1, 0, CPUS},
		{"timeout", 1, 0, TIMEOUT},
		{"drain", 1, 0, DRAIN},
		{"expect-bytes", 1, 0, EXPECT},
		{"request-bytes", 1, 0, REQUEST},
		{"response-bytes", 1, 0, RESPONSE},
		{"gso", 1, 0, GSO},
		{"congestion", 1, 0, CONGESTION},
		{"timestamps", 0, 0, TIMESTAMPS},
		{"progress", 0, 0, PROGRESS},
		{"exact", 0, 0, EXACT},
		{"payload", 1, 0, PAYLOAD},
		{"phase", 1, 0, PHASE},
		{"burst", 1, 0, BURST},
		{"help", 0, 0, HELP},
		{"version", 0, 0, VERSION},
		{0, 0, 0, 0},
	};
	int choice, word = 1;

	*o = (struct options){
		.protocol = &protocol_http,
		.duration_ns = 1000000000,
		.interval_ns = CLOCK_SECOND_NS,
		.timeout_ns = NOT_GIVEN,
		.drain_ns = 1000000000,
		.connections = 64,
		.threads = 1,
		.pipeline = 1,
		.gso = 1,
		.burst = 1,
		.phase_ns = NOT_GIVEN,
		.seed = 1,
		.expect_bytes = NOT_GIVEN,
		.request_bytes = NOT_GIVEN,
		.response_bytes = NOT_GIVEN,
		.timing = &timing_sleep,
	};
	opterr = 0;
	/* The + keeps words in their order, so that the one which is wrong can be told. */
	for (; (choice = getopt_long(argc, argv, "+h", known, NULL)) != -1; word = optind) {
		switch (choice) {
		case TARGET:
			if (snprintf(o->target, sizeof(o->target), "%s", optarg) >= (int)sizeof(o->target))
				program_refuse("--target %s is not an IP address", optarg);
			break;
		case PORT: o->port = (int)value_number("port", optarg, 1, 65535); break;
		case PROTOCOL: o->protocol = parse_protocol(optarg); break;
		case PATH: o->path = optarg; break;
		case RATE: o->rate_per_s = value_rate(optarg); break;
		case DURATION: o->duration_ns = value_time("duration", optarg); break;
		case WARMUP: o->warmup_ns = value_time("warmup", optarg); break;
		case INTERVAL: o->interval_ns = value_time("interval", optarg); break;
		case CONNECTIONS:
			o->connections = (int)value_number("connections", optarg, 1, OPTIONS_MOST_CONNECTIONS);
			break;
		case THREADS: o->threads = (int)value_number("threads", optarg, 1, OPTIONS_MOST_THREADS); break;
		case PIPELINE: o->pipeline = (int)value_number("pipeline", optarg, 1, OPTIONS_MOST_PIPELINE); break;
		case ARRIVALS: o->poisson = value_choice("arrivals", optarg, "even", "poisson"); break;
		case SEED: o->seed = (uint64_t)value_number("seed", optarg, 0, INT64_MAX); break;
		case TIMING: o->timing = parse_timing(optarg); break;
		case CPUS: o->cpu_count = value_cpus(optarg, o->cpus, OPTIONS_MOST_THREADS); break;
		case TIMEOUT: o->timeout_ns = value_time("timeout", optarg); break;
		case DRAIN: o->drain_ns = value_time("drain", optarg); break;
		case EXPECT: o->expect_bytes = value_number("expect-bytes", optarg, 0, INT64_MAX); break;
		case REQUEST:
			o->request_bytes = value_number("request-bytes", optarg, 1, OPTIONS_MOST_REQUEST_BYTES);
			break;
		case RESPONSE:
			o->response_bytes = value_number("response-bytes", optarg, 1, OPTIONS_MOST_RESPONSE_BYTES);
			break;
		case GSO: o->gso = (int)value_number("gso", optarg, 1, MOST_GSO); break;
		case CONGESTION: o->congestion = optarg; break;
		case TIMESTAMPS: o->timestamps = true; break;
		case PROGRESS: o->progress = true; break;
		case EXACT: o->exact = true; break;
		case PAYLOAD: o->payload = (uint64_t)value_number("payload", optarg, 0, INT64_MAX); break;
		case PHASE: o->phase_ns = value_time("phase", optarg); break;
		case BURST: o->burst = (int)value_number("burst", optarg, 1, MOST_BURST); break;
		case 'h':
		case HELP: fputs(usage, stdout); exit(0);
		case VERSION: printf("barewire-load %s\n", BAREWIRE_VERSION); exit(0);
		default: program_refuse("%s is not an option, or lacks its value", argv[word]);
		}
	}
	if (optind < argc)
		program_refuse("%s is one word too many", argv[optind]);
	finish_protocol(o);
	if (o->duration_ns <= 0)
		program_refuse("--duration must be above 0");
	if (o->interval_ns < OPTIONS_SHORTEST_INTERVAL_NS)
		program_refuse("--interval must be at least 10ms");
	if (o->progress && o->interval_ns != CLOCK_SECOND_NS)
		program_refuse("--progress and --interval do not go together: progress is by seconds");
	if (o->timeout_ns <= 0)
		program_refuse("--timeout must be above 0");
	if (o->threads > o->connections)
		program_refuse("%d threads cannot share %d connections", o->threads, o->connections);
	if (o->cpu_count && o->cpu_count < o->threads)
		program_refuse("%d threads need %d CPUs, and --cpus names %d", o->threads, o->threads, o->cpu_count);
	check_exact(o);
	resolve_target(o);
	if (o->congestion)
		check_congestion(o);
}
