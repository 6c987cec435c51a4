/* barewire-serve: a minimal test server, so that what is measured against it is the network. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/program.h"
#include "answers.h"
#include "loop.h"
#include "output.h"

#define WANTED_FILES 65536

const char program_name[] = "barewire-serve";

/* A thread that cannot go on ends the program: what the others serve is not what was asked for. */
static void *run(void *argument)
{
	struct worker *w = argument;

	if (!loop_run(w)) {
		flockfile(stderr);
		_exit(program_fail(w->failure, NULL));
	}
	return NULL;
}

/* As many open files as may be: a server cannot know how many clients will come. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		/* Who is privileged may raise the hard limit too. */
		if (limit.rlim_max < WANTED_FILES &&
		    setrlimit(RLIMIT_NOFILE, &(struct rlimit){WANTED_FILES, WANTED_FILES}) == 0)
			return;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int serve(const struct options *o, struct worker *workers, int threads, const sigset_t *ends, int stop)
{
	int64_t begun = clock_now();
	uint64_t one = 1;
	int error, signal_number;

	for (int i = 0; i < threads; i++)
		if (loop_listen(&workers[i]))
			return program_fail(workers[i].failure, NULL);
	for (int i = 0; i < threads; i++)
		if ((error = pthread_create(&workers[i].thread, NULL, run, &workers[i])))
			exit(program_fail("cannot make a thread", strerror(error)));
	sigwait(ends, &signal_number);
	if (write(stop, &one, sizeof(one)) != sizeof(one))
		exit(program_fail("cannot stop", strerror(errno)));
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	return output_write(o, workers, threads, begun) ? program_fail("cannot write what was counted", strerror(errno))
							: 0;
}

static int prepare_and_serve(const struct options *o, const sigset_t *ends)
{
	int threads = o->cpu_count ? o->cpu_count : 1, prepared = 0, status = 0;
	struct worker *workers = aligned_alloc(WORKER_ALIGNMENT, (size_t)threads * sizeof(*workers));
	int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (!workers || stop < 0)
		status = program_fail("cannot prepare", strerror(errno));
	while (!status && prepared < threads) {
		struct worker *w = &workers[prepared];

		/* What one half made is freed like the others. */
		if (loop_init(w, o, prepared++, stop))
			status = program_fail(w->failure, NULL);
	}
	if (!status)
		status = serve(o, workers, threads, ends, stop);
	while (prepared)
		loop_free(&workers[--prepared]);
	free(workers);
	if (stop >= 0)
		close(stop);
	return status;
}

int main(int argc, char **argv)
{
	static struct options o;
	sigset_t ends;
	int status = 0;

	program_keep_standard();
	options_parse(&o, argc, argv);
	/* Blocked before there are threads, so that only main takes them. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	raise_descriptors();
	for (int i = 0; !status && i < o.service_count; i++)
		if (o.services[i].kind == SERVICE_HTTP && answers_prepare(&o.services[i]))
			status = program_fail("cannot prepare the answers", strerror(ENOMEM));
	if (!status)
		status = prepare_and_serve(&o, &ends);
	for (int i = 0; i < o.service_count; i++)
		if (o.services[i].kind == SERVICE_HTTP)
			answers_discard(&o.services[i]);
	return status;
}
