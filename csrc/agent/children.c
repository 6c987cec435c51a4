#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/value.h"
#include "stream.h"

struct child {
	pid_t pid; /* 0: a free place */
	int number, out, err;
};

static struct child children[CHILDREN_MOST];

static struct child *find(int number)
{
	for (int i = 0; i < CHILDREN_MOST; i++)
		if (children[i].pid && children[i].number == number)
			return &children[i];
	return NULL;
}

static struct child *free_place(void)
{
	for (int i = 0; i < CHILDREN_MOST; i++)
		if (!children[i].pid)
			return &children[i];
	return NULL;
}

static int pin(const char *cpus)
{
	int list[256], count;
	cpu_set_t set;

	if (!*cpus)
		return 0;
	count = value_cpus(cpus, list, 256);
	CPU_ZERO(&set);
	for (int i = 0; i < count; i++)
		CPU_SET(list[i], &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* In the child: becomes `argv`, or writes an errno to `failed`. */
__attribute__((noreturn)) static void become(const struct child *child, const char *cpus, char *const *argv, int failed)
{
	sigset_t none;
	int error;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	    dup2(child->out, STDOUT_FILENO) >= 0 && dup2(child->err, STDERR_FILENO) >= 0 && pin(cpus) == 0) {
		/* The session's requests are not for its programs. */
		close(STDIN_FILENO);
		execv(argv[0], argv);
	}
	error = errno;
	if (write(failed, &error, sizeof(error)) != sizeof(error))
		_exit(2);
	_exit(1);
}

int children_start(int number, const char *cpus, char *const *argv, pid_t *pid)
{
	struct child *child = free_place();
	int ends[2], error = 0;

	if (!child || find(number))
		return child ? EEXIST : EAGAIN;
	*child = (struct child){.number = number};
	child->out = memfd_create("out", MFD_CLOEXEC);
	child->err = memfd_create("err", MFD_CLOEXEC);
	if (child->out < 0 || child->err < 0 || pipe2(ends, O_CLOEXEC))
		return errno;
	child->pid = fork();
	if (child->pid == 0)
		become(child, cpus, argv, ends[1]);
	if (child->pid < 0)
		error = errno;
	close(ends[1]);
	/* The pipe ends without a byte when the program runs. */
	if (!error && read(ends[0], &error, sizeof(error)) == sizeof(error))
		waitpid(child->pid, NULL, 0);
	close(ends[0]);
	*pid = child->pid;
	if (error) {
		close(child->out);
		close(child->err);
		child->pid = 0;
	}
	return error;
}

int children_signal(int number, int signal_number)
{
	struct child *child = find(number);

	return child && kill(child->pid, signal_number) ? errno : 0;
}

static size_t size_of(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 ? (size_t)found.st_size : 0;
}

void children_report(void)
{
	for (int i = 0; i < CHILDREN_MOST; i++) {
		struct child *child = &children[i];
		int status;
		size_t out, err;

		if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
			continue;
		out = size_of(child->out);
		err = size_of(child->err);
		stream_print("ended %d %d %zu %zu\n", child->number,
			     WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), out, err);
		stream_copy(child->out, out);
		stream_copy(child->err, err);
		close(child->out);
		close(child->err);
		child->pid = 0;
	}
}

void children_kill(void)
{
	for (int i = 0; i < CHILDREN_MOST; i++)
		if (children[i].pid) {
			kill(children[i].pid, SIGKILL);
			waitpid(children[i].pid, NULL, 0);
			children[i].pid = 0;
		}
}
