/*
 * A line a second on standard error while a load runs. The main thread, which has nothing else to do, reads what the
 * others have taken down of the second before: they do nothing more for it than to say that they have.
 */
#pragma once

#include "options.h"
#include "worker.h"

/*
 * `start` is that of the recorded time. Returns when all threads have called progress_done(); 0, or -1 without memory.
 */
int progress_watch(const struct options *o, const struct worker *workers, int64_t start);
/* A thread has ended. */
void progress_done(void);
