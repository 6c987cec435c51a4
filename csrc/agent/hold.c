#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/program.h"

#define FIRST_PROCESS 1
#define ATTENDED SIGUSR1
#define LEFT SIGTERM
#define LOOK_S 2

/* Whether the session that said that it has begun still runs: one that was killed says nothing. */
static bool attends(pid_t session)
{
	return kill(session, 0) == 0 || errno != ESRCH;
}

int hold(int seconds)
{
	int64_t deadline = clock_now() + seconds * CLOCK_SECOND_NS;
	pid_t session = 0;
	siginfo_t which;
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, ATTENDED);
	sigaddset(&wanted, LEFT);
	/* A first process gets no signal that it neither blocks nor handles. */
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	for (;;) {
		int came = sigtimedwait(&wanted, &which, &(struct timespec){LOOK_S, 0});

		if (came == ATTENDED)
			session = which.si_pid;
		else if (came == SIGCHLD)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		else if (came > 0)
			return session ? 0 : 1;
		if (session ? !attends(session) : clock_now() > deadline)
			return session ? 0 : 1;
	}
}

/* By its command line, because any other first process would take these signals for something else. */
static bool first_process_holds(void)
{
	char line[256] = {0}, *word;
	int fd = open("/proc/1/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	word = strrchr(line, '/');
	word = word ? word + 1 : line;
	return length > 0 && strcmp(word, program_name) == 0 && strcmp(word + strlen(word) + 1, "hold") == 0;
}

void hold_attend(void)
{
	if (first_process_holds())
		kill(FIRST_PROCESS, ATTENDED);
}

void hold_leave(void)
{
	if (first_process_holds())
		kill(FIRST_PROCESS, LEFT);
}
