#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"
#include "counts.h"

enum order { ORDER_NONE, ORDER_START, ORDER_STOP };

static atomic_int waiting;
static sem_t obeyed;
static char *text; /* what the last stop reported */
static size_t text_size;

bool control_waits(void)
{
	return atomic_load_explicit(&waiting, memory_order_relaxed) != ORDER_NONE;
}

static void write_report(void)
{
	free(text);
	text = NULL;
	text_size = 0;
	FILE *out = open_memstream(&text, &text_size);
	if (out == NULL)
		return;
	const uint64_t sum = counts_write(out);
	const struct calls_doubts doubts = calls_doubts();
	fprintf(out, "total %" PRIu64 "\nreturns %" PRIu64 "\ndeep %" PRIu64 "\ncorrected %" PRIu64 "\n", sum,
		doubts.returns, doubts.deep, doubts.corrected);
	if (fclose(out) != 0) {
		free(text);
		text = NULL;
		text_size = 0;
	}
}

void control_obey(void)
{
	const int order = atomic_load(&waiting);
	if (order == ORDER_NONE)
		return;
	if (order == ORDER_START) {
		calls_arm();
	} else {
		calls_disarm();
		write_report();
	}
	atomic_store(&waiting, ORDER_NONE);
	sem_post(&obeyed);
}

static void send_order(enum order order)
{
	atomic_store(&waiting, order);
	while (sem_wait(&obeyed) != 0 && errno == EINTR) {
	}
}

static void *serve(void *argument)
{
	FILE *connection = argument;
	char line[16];
	while (fgets(line, sizeof(line), connection) != NULL) {
		if (strcmp(line, "start\n") == 0) {
			send_order(ORDER_START);
			fputs("ok\n", connection);
		} else if (strcmp(line, "stop\n") == 0) {
			send_order(ORDER_STOP);
			fprintf(connection, "ok %zu\n", text_size);
			fwrite(text, 1, text_size, connection);
		} else {
			fputs("error unknown order\n", connection);
		}
		if (fflush(connection) != 0)
			break;
	}
	fclose(connection);
	return NULL;
}

bool control_start(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	/* The first byte stays 0: an abstract name, which is no file. */
	if (strlen(name) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path + 1, name, strlen(name));
	const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	const int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0)
		return false;
	FILE *connection = NULL;
	if (connect(socket_fd, (struct sockaddr *)&address, size) != 0 || sem_init(&obeyed, 0, 0) != 0 ||
	    (connection = fdopen(socket_fd, "r+")) == NULL) {
		const int reason = errno;
		close(socket_fd);
		errno = reason;
		return false;
	}
	/* QEMU takes its signals in threads of its own. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_t thread;
	const int failed = pthread_create(&thread, NULL, serve, connection);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		fclose(connection);
		errno = failed;
		return false;
	}
	pthread_detach(thread);
	return true;
}
