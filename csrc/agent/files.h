/* Files of the pod: read for the client (counters of the kernel and of the control group), and programs that it sends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Answer with each of the NUL-terminated `paths`: "file LENGTH ERRNO\n" and its bytes; of a path that ends in / the names in that
 * directory, each with a NUL.
 */
void files_answer(const char *paths, size_t length);
/*
 * Append what follows the NUL-terminated path in `request` to that file, which is made if it is not there and may be
 * executed. Answer with "written ERRNO\n". False if there is no whole path.
 */
bool files_append(const char *request, size_t length);
