#include "crew.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/program.h"
#include "options.h"

static pthread_t threads[OPTIONS_MOST_THREADS];
static int started;
static pthread_barrier_t line; /* main waits at it too */
static pthread_mutex_t failing = PTHREAD_MUTEX_INITIALIZER;
static int64_t beginning;

int crew_start(int count, void *(*run)(void *), void *members, size_t size)
{
	int error = pthread_barrier_init(&line, NULL, (unsigned)count + 1);

	if (error)
		return program_fail("cannot set up threads", strerror(error));
	for (started = 0; started < count; started++) {
		error = pthread_create(&threads[started], NULL, run, (char *)members + (size_t)started * size);
		/* Those that wait at the line already end with the process. */
		if (error)
			exit(program_fail("cannot make a thread", strerror(error)));
	}
	pthread_barrier_wait(&line);
	return 0;
}

void crew_begin(int64_t begin)
{
	beginning = begin;
	pthread_barrier_wait(&line);
}

void crew_join(void)
{
	while (started)
		pthread_join(threads[--started], NULL);
	pthread_barrier_destroy(&line);
}

int64_t crew_ready(void)
{
	pthread_barrier_wait(&line); /* everybody is ready */
	pthread_barrier_wait(&line); /* main has chosen the beginning */
	return beginning;
}

void crew_fail(const char *format, ...)
{
	va_list arguments;

	/* The lock is kept. */
	pthread_mutex_lock(&failing);
	fprintf(stderr, "%s: ", program_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("\n", stderr);
	_exit(PROGRAM_FAILED);
}
