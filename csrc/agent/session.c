#include "session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/program.h"
#include "../base/version.h"
#include "children.h"
#include "files.h"
#include "hold.h"
#include "loopback.h"
#include "stream.h"

#define WORDS_MOST 256

static bool start(int number, char *bytes, size_t length)
{
	char *argv[WORDS_MOST + 1], *cpus = bytes, *end = bytes + length;
	int count = 0, error;
	pid_t pid = 0;

	if (!length || end[-1])
		return false;
	for (char *word = cpus + strlen(cpus) + 1; word < end; word += strlen(word) + 1) {
		if (count == WORDS_MOST)
			return false;
		argv[count++] = word;
	}
	argv[count] = NULL;
	if (!count)
		return false;
	error = children_start(number, cpus, argv, &pid);
	if (error)
		stream_print("failed %d %d\n", number, error);
	else
		stream_print("started %d %d\n", number, (int)pid);
	return true;
}

/* Do what a request with bytes asks for, by the first letter of its word. False if the bytes are not of its form. */
static bool carry_out(char word, int number, char *bytes, size_t length)
{
	if (word == 's')
		return start(number, bytes, length);
	if (word == 'w')
		return files_append(bytes, length);
	if (word == 'a')
		loopback_answer(number, bytes, length);
	else if (length && !bytes[length - 1])
		files_answer(bytes, length);
	else
		return false;
	return true;
}

/* Do what a whole request asks for: how many bytes it had, 0 while it is not whole, -1 for none of ours. */
static ssize_t take(struct stream *s)
{
	size_t line = stream_line(s), length = 0;
	int number = 0, signal_number, end = 0;
	char *rest;

	if (!line)
		return s->length > WORDS_MOST ? -1 : 0;
	s->bytes[line - 1] = '\0';
	rest = s->bytes + line;
	if (sscanf(s->bytes, "start %d %zu%n", &number, &length, &end) == 2 ||
	    sscanf(s->bytes, "read %zu%n", &length, &end) == 1 ||
	    sscanf(s->bytes, "ask %d %zu%n", &number, &length, &end) == 2 ||
	    sscanf(s->bytes, "write %zu%n", &length, &end) == 1) {
		if ((size_t)end != line - 1 || length > STREAM_MOST)
			return -1;
		if (s->length < line + length) {
			s->bytes[line - 1] = '\n';
			return 0;
		}
		if (!carry_out(*s->bytes, number, rest, length))
			return -1;
	} else if (sscanf(s->bytes, "signal %d %d%n", &number, &signal_number, &end) == 2) {
		children_signal(number, signal_number);
	} else if (strcmp(s->bytes, "ping") == 0) {
		stream_print("pong\n");
	} else {
		return -1;
	}
	return (ssize_t)(line + length);
}

static int serve(int ended, int seconds)
{
	struct stream requests = {0};
	struct pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {ended, POLLIN, 0}};
	struct signalfd_siginfo which;

	for (;;) {
		int ready = poll(sources, 2, seconds * 1000);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return program_fail("no request has come", "its client is gone");
		if (sources[1].revents) {
			if (read(ended, &which, sizeof(which)) == sizeof(which) && which.ssi_signo != SIGCHLD)
				return 0;
			children_report();
		}
		if (sources[0].revents) {
			ssize_t taken;

			if (!stream_fill(&requests))
				return 0;
			while ((taken = take(&requests)) > 0)
				stream_drop(&requests, (size_t)taken);
			if (taken < 0)
				return program_fail("a request is none of its version's", requests.bytes);
		}
	}
}

int session_serve(int seconds)
{
	sigset_t wanted;
	int ended, status;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGINT);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	ended = signalfd(-1, &wanted, SFD_CLOEXEC);
	if (ended < 0)
		return program_fail("cannot wait for signals", strerror(errno));
	hold_attend();
	stream_print("barewire-agent %s\n", BAREWIRE_VERSION);
	status = serve(ended, seconds);
	children_kill();
	hold_leave();
	return status;
}
