/*
 * What is served where, as the command line asks for it, and what was counted.
 *
 * A service is one port with one answer. Every thread has its own sockets and its own counters of every service; they
 * are added up once, at the end.
 */
#pragma once

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#define SERVICE_MOST 64
#define SERVICE_MOST_SIZES 32
#define SERVICE_MOST_BYTES (16 * 1024 * 1024)
#define SERVICE_MOST_DATAGRAM 65000
#define SERVICE_MOST_THREADS 256

enum service_kind { SERVICE_HTTP, SERVICE_TCP, SERVICE_UDP, SERVICE_SINK, SERVICE_KINDS };

extern const char *const service_names[SERVICE_KINDS];

struct answer;

struct service {
	enum service_kind kind;
	int port;
	uint32_t request_bytes;  /* tcp, udp */
	uint32_t response_bytes; /* tcp, udp */
	uint32_t sizes[SERVICE_MOST_SIZES]; /* http */
	int size_count;
	struct answer *answers; /* http: made before the threads, read by all of them */
};

struct options {
	char bind[INET6_ADDRSTRLEN];
	struct sockaddr_storage address; /* its port is each service's own */
	socklen_t address_length;
	struct service services[SERVICE_MOST];
	int service_count;
	int cpus[SERVICE_MOST_THREADS];
	int cpu_count;
};

/* Exits with 0 (--help, --version) or 2 and a sentence. */
void options_parse(struct options *o, int argc, char **argv);
