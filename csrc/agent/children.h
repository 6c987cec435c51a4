/* The programs that a session has started, by the number that its client gave them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILDREN_MOST 64

/*
 * Start `argv` on `cpus` ("": wherever the kernel likes); 0, or an errno. Output goes to memory, never to a pipe: a full
 * pipe would stop a program in the middle of a measurement.
 */
int children_start(int number, const char *cpus, char *const *argv, pid_t *pid);
/* Send a signal; 0, or an errno. A program that has ended is fine. */
int children_signal(int number, int signal_number);
/* Report each program that has ended, with its output: "ended NUMBER STATUS OUT ERR\n" and its bytes. */
void children_report(void);
/* End all of them, at once. */
void children_kill(void);
