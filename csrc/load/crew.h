/*
 * The threads of a load, which begin together: each prepares itself and waits, and when all are ready main chooses the
 * beginning.
 *
 * A thread that cannot go on ends the program at once: what the others measure without its share of the load is not
 * what was asked for. Nothing has been written yet then.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Start run() in a thread for each of the `count` members of an array, of `size` bytes each; 0 once all are ready, or
 * an exit code.
 */
int crew_start(int count, void *(*run)(void *), void *members, size_t size);
/* Let them go on, from `begin` (absolute). */
void crew_begin(int64_t begin);
/* Wait until all have ended. */
void crew_join(void);

/* In a thread: say that it is ready and wait for the beginning, which is returned. */
int64_t crew_ready(void);
/* In a thread: say why it cannot go on, and end the program. Only the first one is heard. */
__attribute__((noreturn, format(printf, 1, 2))) void crew_fail(const char *format, ...);
