#include "checks.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "../base/address.h"
#include "../base/clock.h"
#include "../base/program.h"
#include "datagram.h"
#include "exact.h"
#include "protocol.h"

#define USUAL_BYTES 64
#define USUAL_TIMEOUT_NS INT64_C(10000000000)
/* Nobody sends a lost datagram again. */
#define USUAL_TIMEOUT_DATAGRAM_NS INT64_C(1000000000)
/* For the names of all protocols. */
#define NAMES 256

static bool takes_path(const struct protocol *p)
{
	return p->takes_path;
}

static bool takes_request_bytes(const struct protocol *p)
{
	return p->takes_request_bytes;
}

static bool takes_response_bytes(const struct protocol *p)
{
	return p->takes_response_bytes;
}

static bool takes_payload(const struct protocol *p)
{
	return p->takes_request_bytes && !p->run;
}

static bool takes_timestamps(const struct protocol *p)
{
	return !p->each_its_own && !p->run;
}

/* Refuse an option that means nothing to the protocol, so that nobody believes that it had an effect. */
static void check_taken(const struct options *o, bool given, bool (*takes)(const struct protocol *p),
			const char *option)
{
	char names[NAMES];

	if (given && !takes(o->protocol))
		program_refuse("%s for %s, and does not apply to --protocol %s", option,
			       protocol_list(takes, names, sizeof(names)), o->protocol->name);
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

/* The kernel is asked beforehand, so that a name that it does not know is not taken for a missing server. */
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
	if ((o->protocol->takes_request_bytes && o->request_bytes < least) ||
	    (o->protocol->takes_response_bytes && o->response_bytes < least))
		program_refuse("--protocol %s needs %" PRId64 " bytes for the number that a datagram begins with", name,
			       least);
}

/* What is sent one way has no answer, so options of answers mean nothing. */
static void check_one_way(const struct options *o)
{
	if (!o->protocol->run) {
		if (o->gso != 1 || o->burst != 1)
			program_refuse("--%s is for udp-stream alone", o->gso != 1 ? "gso" : "burst");
		return;
	}
	if (o->response_bytes != OPTIONS_NOT_GIVEN)
		program_refuse("--response-bytes: nothing answers to --protocol %s", o->protocol->name);
	if (o->pipeline != 1)
		program_refuse("--pipeline %d: --protocol %s has no requests under way", o->pipeline,
			       o->protocol->name);
	if (o->interval_ns != CLOCK_SECOND_NS)
		program_refuse("--interval: what arrives of --protocol %s is counted by seconds", o->protocol->name);
	if (o->progress)
		program_refuse("--progress: what arrives of --protocol %s is known to the server alone, at the end",
			       o->protocol->name);
	if (o->burst > 1 && o->rate_per_s == 0)
		program_refuse("--burst %d: --rate max sends as many together as it can", o->burst);
	if (o->gso > 1 && o->rate_per_s > 0)
		program_refuse("--gso is for --rate max, because datagrams that are cut out of one leave together");
}

static void check_protocol(struct options *o)
{
	const struct protocol *p = o->protocol;

	check_one_way(o);
	check_taken(o, o->path || o->expect_bytes != OPTIONS_NOT_GIVEN, takes_path, "--path and --expect-bytes are");
	check_taken(o, o->request_bytes != OPTIONS_NOT_GIVEN, takes_request_bytes, "--request-bytes is");
	check_taken(o, o->response_bytes != OPTIONS_NOT_GIVEN, takes_response_bytes, "--response-bytes is");
	check_taken(o, o->timestamps, takes_timestamps, "--timestamps is");
	check_taken(o, o->payload, takes_payload, "--payload is");
	if (p->takes_path && !o->path)
		o->path = "/";
	if (p->takes_request_bytes && o->request_bytes == OPTIONS_NOT_GIVEN)
		o->request_bytes = USUAL_BYTES;
	if (p->takes_response_bytes && o->response_bytes == OPTIONS_NOT_GIVEN)
		o->response_bytes = USUAL_BYTES;
	if (o->path)
		check_path(o->path);
	check_sizes(o);
	if (p->run && o->gso * o->request_bytes > DATAGRAM_MOST_BYTES)
		program_refuse("--gso %d of --request-bytes %" PRId64 " is more than the %d bytes of one datagram",
			       o->gso, o->request_bytes, DATAGRAM_MOST_BYTES);
	if (p->each_its_own && o->pipeline != 1)
		program_refuse("--pipeline %d: --protocol %s has one request on each connection", o->pipeline, p->name);
	if (o->timestamps && o->pipeline != 1)
		program_refuse("--timestamps needs --pipeline 1");
	if (p->datagrams && o->congestion)
		program_refuse("--congestion %s: --protocol %s is not TCP", o->congestion, p->name);
	if (o->timeout_ns == OPTIONS_NOT_GIVEN)
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
			"--exact and --pipeline %d do not go together: what is answered together has no separate time",
			o->pipeline);
	if (o->protocol->run && o->threads != 1)
		program_refuse("--exact takes one thread with --protocol %s", o->protocol->name);
	if (!o->protocol->run && exact_room(o) * (uint64_t)o->threads > EXACT_MOST)
		program_refuse("--exact keeps at most %" PRIu32 " values, and this load can have %" PRIu64
			       "; shorten --duration%s",
			       EXACT_MOST, exact_room(o) * (uint64_t)o->threads,
			       o->rate_per_s > 0 ? ", or offer a lower --rate" : "");
}

static void check_times(const struct options *o)
{
	if (o->duration_ns <= 0)
		program_refuse("--duration must be above 0");
	if (o->interval_ns < OPTIONS_SHORTEST_INTERVAL_NS)
		program_refuse("--interval must be at least 10ms");
	if (o->progress && o->interval_ns != CLOCK_SECOND_NS)
		program_refuse("--progress and --interval do not go together: progress is by seconds");
	if (o->timeout_ns <= 0)
		program_refuse("--timeout must be above 0");
}

/* What is drawn, and when requests are due, means nothing where they are sent as others are answered. */
static void check_arrivals(const struct options *o)
{
	if (o->arrivals_given && o->rate_per_s == 0)
		program_refuse("--arrivals has no effect with --rate max, where each request is sent when another is "
			       "answered; give --rate a number");
	if (o->seed_given && !o->poisson)
		program_refuse("--seed has no effect without --arrivals poisson: nothing else is drawn");
}

static void check_threads(const struct options *o)
{
	if (o->threads > o->connections)
		program_refuse("--threads %d cannot share --connections %d", o->threads, o->connections);
	if (o->cpu_count && o->cpu_count < o->threads)
		program_refuse("--threads %d needs %d CPUs, and --cpus names %d", o->threads, o->threads, o->cpu_count);
	if (o->cpu_count > o->threads)
		program_refuse("--cpus names %d CPUs, and --threads %d uses one each", o->cpu_count, o->threads);
}

void checks_complete(struct options *o)
{
	check_protocol(o);
	check_times(o);
	check_arrivals(o);
	check_threads(o);
	check_exact(o);
	resolve_target(o);
	if (o->congestion)
		check_congestion(o);
}
