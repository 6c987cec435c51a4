/* The one JSON document: what all threads counted, by service. */
#pragma once

#include "worker.h"

/* 0, or -1 and errno. */
int output_write(const struct options *o, const struct worker *workers, int threads, int64_t begun_ns);
