#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/address.h"
#include "../base/program.h"
#include "../base/value.h"
#include "../base/version.h"
#include "service.h"

static const char usage[] = "usage: barewire-serve --bind ADDRESS SERVICE ... [--cpus 0,2]\n"
			    "\n"
			    "A minimal test server. At SIGTERM, SIGINT or SIGHUP it prints its counters as one JSON\n"
			    "document and exits. Services, which may be repeated:\n"
			    "\n"
			    "  --http PORT:BYTES[,BYTES...]   GET /BYTES or POST /BYTES returns a body of BYTES\n"
			    "  --tcp PORT:REQUEST:RESPONSE    RESPONSE bytes for every REQUEST bytes\n"
			    "  --udp PORT:REQUEST:RESPONSE    a datagram for each datagram; repeats its first 8 bytes\n"
			    "  --sink PORT                    counts datagrams; discards data of TCP connections\n"
			    "\n"
			    "  --bind ADDRESS                 IPv4 or IPv6 address of all services\n"
			    "  --cpus 0,2                     one pinned thread per CPU (one thread, not pinned)\n"
			    "  --help, --version\n";

/* A whole number at `*at` that ends with `end`; moves `*at` behind it. False when there is none, or out of range. */
static bool take_number(const char **at, char end, long low, long high, long *value)
{
	char *stop;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*value = strtol(*at, &stop, 10);
	if (errno || *stop != end || *value < low || *value > high)
		return false;
	*at = *stop ? stop + 1 : stop;
	return true;
}

static struct service *add(struct options *o, enum service_kind kind)
{
	if (o->service_count == SERVICE_MOST)
		program_refuse("there are more than %d services", SERVICE_MOST);
	o->services[o->service_count] = (struct service){.kind = kind};
	return &o->services[o->service_count++];
}

static void parse_http(struct options *o, const char *text)
{
	struct service *service = add(o, SERVICE_HTTP);
	const char *at = text;
	long value;

	if (take_number(&at, ':', 1, 65535, &value)) {
		service->port = (int)value;
		while (service->size_count < SERVICE_MOST_SIZES) {
			bool last = !strchr(at, ',');

			if (!take_number(&at, last ? '\0' : ',', 0, SERVICE_MOST_BYTES, &value))
				break;
			service->sizes[service->size_count++] = (uint32_t)value;
			if (last)
				return;
		}
	}
	program_refuse("--http %s is not PORT:BYTES[,BYTES...] with at most %d sizes of at most %d bytes", text,
		       SERVICE_MOST_SIZES, SERVICE_MOST_BYTES);
}

static void parse_exchange(struct options *o, enum service_kind kind, const char *text)
{
	struct service *service = add(o, kind);
	long most = kind == SERVICE_UDP ? SERVICE_MOST_DATAGRAM : SERVICE_MOST_BYTES;
	const char *at = text;
	long port, request, response;

	if (!take_number(&at, ':', 1, 65535, &port) || !take_number(&at, ':', 1, most, &request) ||
	    !take_number(&at, '\0', 1, most, &response))
		program_refuse("--%s %s is not PORT:REQUEST:RESPONSE with sizes from 1 to %ld bytes",
			       service_names[kind], text, most);
	service->port = (int)port;
	service->request_bytes = (uint32_t)request;
	service->response_bytes = (uint32_t)response;
}

static void parse_sink(struct options *o, const char *text)
{
	struct service *service = add(o, SERVICE_SINK);
	const char *at = text;
	long port;

	if (!take_number(&at, '\0', 1, 65535, &port))
		program_refuse("--sink %s is not a port", text);
	service->port = (int)port;
}

static void resolve_address(struct options *o)
{
	o->address_length = address_parse(o->bind, &o->address);
	if (!o->address_length)
		program_refuse("--bind %s is not an IP address", o->bind);
}

void options_parse(struct options *o, int argc, char **argv)
{
	enum { BIND = 1, HTTP, TCP, UDP, SINK, CPUS, HELP, VERSION };
	static const struct option known[] = {
		{"bind", 1, 0, BIND}, {"http", 1, 0, HTTP},       {"tcp", 1, 0, TCP},
		{"udp", 1, 0, UDP},   {"sink", 1, 0, SINK},       {"cpus", 1, 0, CPUS},
		{"help", 0, 0, HELP}, {"version", 0, 0, VERSION}, {0, 0, 0, 0},
	};
	int choice, word = 1;

	*o = (struct options){0};
	opterr = 0;
	/* The + keeps words in their order, so that the wrong one can be named. */
	for (; (choice = getopt_long(argc, argv, "+h", known, NULL)) != -1; word = optind) {
		switch (choice) {
		case BIND:
			if (snprintf(o->bind, sizeof(o->bind), "%s", optarg) >= (int)sizeof(o->bind))
				program_refuse("--bind %s is not an IP address", optarg);
			break;
		case HTTP: parse_http(o, optarg); break;
		case TCP: parse_exchange(o, SERVICE_TCP, optarg); break;
		case UDP: parse_exchange(o, SERVICE_UDP, optarg); break;
		case SINK: parse_sink(o, optarg); break;
		case CPUS: o->cpu_count = value_cpus(optarg, o->cpus, SERVICE_MOST_THREADS); break;
		case 'h':
		case HELP: fputs(usage, stdout); exit(0);
		case VERSION: printf("barewire-serve %s\n", BAREWIRE_VERSION); exit(0);
		default: program_refuse("%s is not an option, or lacks its value", argv[word]);
		}
	}
	if (optind < argc)
		program_refuse("%s is one word too many", argv[optind]);
	if (!o->bind[0])
		program_refuse("--bind is needed");
	if (!o->service_count)
		program_refuse("there is nothing to serve; give --http, --tcp, --udp or --sink");
	resolve_address(o);
}
