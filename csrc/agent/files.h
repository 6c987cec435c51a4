/* Files of the pod, read for the client: counters of the kernel and of the control group. */
#pragma once

#include <stddef.h>

/* Answer with each of the NUL-terminated `paths`: "file LENGTH ERRNO\n" and its bytes. */
void files_answer(const char *paths, size_t length);
