/* barewire-load: an open-loop load generator. Latency counts from the intended send time. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../base/clock.h"
#include "../base/program.h"
#include "command.h"
#include "connection.h"
#include "crew.h"
#include "loop.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "protocol.h"
#include "stamps.h"
#include "stop.h"
#include "worker_init.h"

#define SPARE_DESCRIPTORS 32
#define HEAD_START_NS INT64_C(2000000)
/* Reading how long the CPU was idle takes some 300,000 instructions. */
#define HEAD_START_EXACT_NS INT64_C(1000000)

const char program_name[] = "barewire-load";

static int64_t idle_before, idle_after, span_ns; /* of the whole load, warm-up included */

__attribute__((noreturn)) static void fail(const struct worker *w)
{
	const struct options *o = w->options;
	const char *remedy = "";

	/* With UDP the kernel reports EAGAIN when no port is left. */
	if (w->failed_to_connect && (w->results.connect_errno == EADDRNOTAVAIL || w->results.connect_errno == EAGAIN))
		remedy = " No local port is left: use fewer --connections, or widen net.ipv4.ip_local_port_range.";
	else if (w->failed_to_connect && w->results.connect_errno == ETIMEDOUT && w->open)
		remedy =
			" The server's listen queue is full, or packets are lost: raise its backlog and net.core.somaxconn, or use fewer "
			"--connections.";
	else if (w->failed_to_connect)
		remedy = " Start the server first, or check --target, --port and --connections.";
	crew_fail("cannot %s %s port %d: %s.%s", w->failed_to_connect ? "connect to" : "load", o->target, o->port,
		  w->failure, remedy);
}

static void *run(void *argument)
{
	struct worker *w = argument;
	bool ready = !w->options->cpu_count || worker_pin(w, w->options->cpus[w->index]);

	if (!ready || !loop_connect(w) || !loop_run(w, crew_ready()))
		fail(w);
	progress_done();
	return NULL;
}

/* The first bytes of a kind, in parentheses, or nothing. */
static const char *describe_bytes(const struct example *sum, enum example_kind kind)
{
	static char text[4 * EXAMPLE_BYTES + 32];
	int at;

	if (!sum->lengths[kind])
		return "";
	at = snprintf(text, sizeof(text), " (the first: \"");
	for (uint32_t i = 0; i < sum->lengths[kind]; i++) {
		unsigned char c = (unsigned char)sum->bytes[kind][i];

		at += snprintf(text + at, sizeof(text) - (size_t)at,
			       c < 0x20 || c >= 0x7f || c == '\\' ? "\\x%02x" : "%c", c);
	}
	snprintf(text + at, sizeof(text) - (size_t)at, "\")");
	return text;
}

/* What the first one of a kind of error was, in parentheses, or nothing. */
static const char *describe(int kind, const struct example *sum)
{
	static char text[64];

	if (kind == ERROR_STATUS && sum->status)
		snprintf(text, sizeof(text), " (the first: %d)", sum->status);
	else if (kind == ERROR_LENGTH && sum->has_length)
		snprintf(text, sizeof(text), " (the first: %" PRIu64 " B)", sum->length);
	else
		return kind == ERROR_GARBAGE ? describe_bytes(sum, EXAMPLE_GARBAGE) : "";
	return text;
}

/* Whether an answer was whole: in the warm-up, as none was recorded. */
static bool was_ever_answered(const struct options *o, const struct worker *workers)
{
	for (int i = 0; i < o->threads; i++)
		for (uint32_t j = 0; j < workers[i].connection_count; j++)
			if (workers[i].connections[j].sent_before)
				return true;
	return false;
}

/* What was counted has been written; but a load of which nothing was answered has measured nothing. */
static int report_nothing(const struct options *o, const struct counters *sum, const struct worker *workers)
{
	struct example first = {0};

	for (int i = 0; i < o->threads; i++)
		example_add(&first, &workers[i].results.example);
	fprintf(stderr, "barewire-load: none of %" PRIu64 " requests to %s port %d was answered as it should be:",
		sum->requests, o->target, o->port);
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		if (sum->errors[kind])
			fprintf(stderr, " %" PRIu64 " %s%s,", sum->errors[kind], error_names[kind],
				describe(kind, &first));
	if (sum->stray)
		fprintf(stderr, " %" PRIu64 " stray answers%s,", sum->stray, describe_bytes(&first, EXAMPLE_STRAY));
	fprintf(stderr, " %" PRIu64 " unfinished.", sum->unfinished);
	/* Without a format, answers that are too short look like a server that stalls. */
	if (o->protocol->takes_response_bytes && !o->protocol->datagrams && sum->bytes_in &&
	    !was_ever_answered(o, workers))
		fputs(" Something came back: compare --request-bytes and --response-bytes with the settings of the server.",
		      stderr);
	for (int i = 0; sum->errors[ERROR_CONNECT] && i < o->threads; i++)
		if (workers[i].results.connect_errno) {
			fprintf(stderr, " The last connection failed with: %s.",
				strerror(workers[i].results.connect_errno));
			break;
		}
	fputs("\n", stderr);
	return PROGRAM_FAILED;
}

static int raise_descriptors(const struct options *o)
{
	struct rlimit limit;
	rlim_t needed = (rlim_t)o->connections + 2 * (rlim_t)o->threads + SPARE_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return program_fail("cannot read the limit of open files", strerror(errno));
	if (limit.rlim_cur >= needed)
		return 0;
	limit.rlim_cur = needed;
	/* Who is privileged may raise the hard limit too. */
	if (limit.rlim_max < needed && setrlimit(RLIMIT_NOFILE, &(struct rlimit){needed, needed}) == 0)
		return 0;
	if (limit.rlim_max < needed) {
		fprintf(stderr,
			"barewire-load: %d connections need %llu open files, and this process may have %llu. "
			"Use fewer connections, or raise the limit (ulimit -n).\n",
			o->connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
		return PROGRAM_FAILED;
	}
	return setrlimit(RLIMIT_NOFILE, &limit) ? program_fail("cannot raise the limit of open files", strerror(errno))
						: 0;
}

static int report(const struct options *o, struct worker *workers, int64_t unix_start)
{
	struct counters sum = {0};

	for (int i = 0; i < o->threads; i++) {
		worker_leave(&workers[i]);
		counters_add(&sum, &workers[i].results.counters);
	}
	if (workers[0].end <= workers[0].start)
		return stop_report_nothing();
	if (output_write(o, workers, &sum, unix_start, &(struct idle){idle_before, idle_after, span_ns}))
		return program_fail("cannot write the results", strerror(errno));
	if (stop_time())
		return STOP_INTERRUPTED;
	if (sum.completed == 0 && sum.requests)
		return report_nothing(o, &sum, workers);
	/* A schedule may have nothing due in its time; a closed loop always has. */
	if (o->rate_per_s == 0 && sum.requests == 0)
		return program_fail("no request was sent within the recorded time",
				    "no connection was opened in it, or this machine ran other programs all the while");
	if (o->timestamps && sum.unstamped == sum.completed && sum.requests)
		return program_fail("the kernel stamped no packet of this load",
				    "the device may not do it; leave --timestamps out");
	return 0;
}

static int measure(const struct options *o, struct worker *workers)
{
	int64_t begin, unix_start;
	int status = crew_start(o->threads, run, workers, sizeof(*workers));

	if (status)
		return status;
	if (stop_watch())
		return program_fail("cannot watch for Ctrl-C", strerror(errno));
	begin = clock_begin(o->phase_ns, o->exact ? HEAD_START_EXACT_NS : HEAD_START_NS, OPTIONS_PHASE_NS);
	idle_before = o->exact ? exact_idle() : -1;
	span_ns = -clock_now();
	unix_start = clock_unix() + (begin - clock_now()) + o->warmup_ns;
	crew_begin(begin);
	if (o->progress && progress_watch(o, workers, begin + o->warmup_ns))
		return program_fail("cannot show the progress", strerror(ENOMEM));
	crew_join();
	span_ns += clock_now();
	idle_after = o->exact ? exact_idle() : -1;
	return report(o, workers, unix_start);
}

static int prepare_and_measure(const struct options *o)
{
	struct worker *workers = aligned_alloc(WORKER_ALIGNMENT, (size_t)o->threads * sizeof(*workers));
	int prepared = 0, status = 0;

	if (!workers)
		status = program_fail("cannot prepare the load", strerror(ENOMEM));
	while (!status && prepared < o->threads) {
		int index = prepared++; /* what one half made is freed like the others */

		if (worker_init(&workers[index], o, index))
			status = program_fail("cannot prepare the load", strerror(errno));
	}
	if (!status)
		status = measure(o, workers);
	while (prepared)
		worker_free(&workers[--prepared]);
	free(workers);
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	program_keep_standard();
	command_parse(&o, argc, argv);
	status = raise_descriptors(&o);
	if (status)
		return status;
	if (o.timestamps && stamps_probe())
		return program_fail("this kernel gives no time stamps; leave --timestamps out", strerror(errno));
	return o.protocol->run ? o.protocol->run(&o) : prepare_and_measure(&o);
}
