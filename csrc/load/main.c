/* barewire-load: an open-loop load generator. Latency counts from the intended send time. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "options.h"
#include "output.h"
#include "worker.h"

#define INVALID 3
#define SPARE_DESCRIPTORS 32
#define HEAD_START_NS INT64_C(2000000)

static pthread_barrier_t line;
static int64_t begin;

static void *run(void *argument)
{
	struct worker *w = argument;
	const struct options *o = w->options;

	if (o->cpu_count) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(o->cpus[w->index], &set);
		if (sched_setaffinity(0, sizeof(set), &set)) {
			w->failure = "cannot run on the CPU that --cpus names";
			w->failure_errno = errno;
		}
	}
	if (!w->failure)
		worker_connect(w);
	pthread_barrier_wait(&line); /* everybody is connected, or has failed */
	pthread_barrier_wait(&line); /* main has chosen the beginning, or that there is none */
	if (begin)
		worker_run(w, begin);
	return NULL;
}

static int invalid(const struct options *o, const char *what, int number)
{
	fprintf(stderr, "barewire-load: %s to %s port %d: %s.\n", what, o->target, o->port, strerror(number));
	return INVALID;
}

static const struct worker *failed(const struct worker *workers, int threads)
{
	for (int i = 0; i < threads; i++)
		if (workers[i].failure)
			return &workers[i];
	return NULL;
}

static int raise_descriptors(const struct options *o)
{
	struct rlimit limit;
	rlim_t needed = (rlim_t)o->connections + (rlim_t)o->threads + SPARE_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return invalid(o, "cannot read the limit of open files", errno);
	if (limit.rlim_cur >= needed)
		return 0;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
		fprintf(stderr, "barewire-load: %d connections need %llu open files, and this process may have %llu. "
				"Use fewer connections, or raise the limit (ulimit -n).\n",
			o->connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
		return 2;
	}
	limit.rlim_cur = needed;
	return setrlimit(RLIMIT_NOFILE, &limit) ? invalid(o, "cannot raise the limit of open files", errno) : 0;
}

static int measure(const struct options *o, struct worker *workers)
{
	const struct worker *broken;
	int64_t unix_start;
	int started = 0, error = 0;

	/* Main waits at the line too; a thread that cannot be made leaves no way to free those that wait. */
	if ((error = pthread_barrier_init(&line, NULL, (unsigned)o->threads + 1)))
		return invalid(o, "cannot set up threads", error);
	for (; started < o->threads; started++)
		if ((error = pthread_create(&workers[started].thread, NULL, run, &workers[started])))
			break;
	if (error) {
		fprintf(stderr, "barewire-load: cannot make thread %d of %d: %s.\n", started + 1, o->threads, strerror(error));
		exit(INVALID);
	}
	pthread_barrier_wait(&line);
	broken = failed(workers, o->threads);
	begin = broken ? 0 : clock_now() + HEAD_START_NS;
	unix_start = clock_unix() + HEAD_START_NS + o->warmup_ns;
	pthread_barrier_wait(&line);
	for (int i = 0; i < o->threads; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&line);
	broken = failed(workers, o->threads);
	if (broken)
		return invalid(o, broken->failure, broken->failure_errno);
	for (int i = 0; i < o->threads; i++)
		worker_finish(&workers[i]);
	if (output_write(o, workers, unix_start))
		return invalid(o, "cannot write the results of the load", errno);
	return 0;
}

int main(int argc, char **argv)
{
	static char request[4096];
	struct options o;
	const struct protocol *protocol;
	struct worker *workers;
	int length, status;

	options_parse(&o, argc, argv);
	if ((status = raise_descriptors(&o)))
		return status;
	protocol = protocol_find(o.protocol_name);
	if (!protocol) {
		fprintf(stderr, "barewire-load: there is no protocol %s. Use http or connect.\n", o.protocol_name);
		return 2;
	}
	if (protocol->each_its_own)
		o.pipeline = 1;
	length = protocol->request(&o, request, sizeof(request));
	if (length < 0) {
		fputs("barewire-load: the request does not fit its buffer. Use a shorter --path.\n", stderr);
		return 2;
	}
	workers = calloc((size_t)o.threads, sizeof(*workers));
	if (!workers)
		return invalid(&o, "cannot prepare the load", ENOMEM);
	for (int i = 0; i < o.threads && !status; i++)
		if (worker_init(&workers[i], &o, protocol, i, request, (size_t)length))
			status = invalid(&o, "cannot prepare the load", errno);
	if (!status)
		status = measure(&o, workers);
	for (int i = 0; i < o.threads; i++)
		worker_free(&workers[i]);
	free(workers);
	return status;
}
