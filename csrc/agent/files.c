#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

/* Read to its end: files of /proc do not say how long they are. */
static int slurp(const char *path, char *buffer, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t got = 1;

	*length = 0;
	if (fd < 0)
		return errno;
	while (!error && got > 0 && *length < STREAM_MOST) {
		got = read(fd, buffer + *length, STREAM_MOST - *length);
		if (got > 0)
			*length += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			error = errno;
	}
	close(fd);
	return error;
}

void files_answer(const char *paths, size_t length)
{
	static char buffer[STREAM_MOST];
	const char *end = paths + length;

	for (const char *path = paths; path < end; path += strlen(path) + 1) {
		size_t found;
		int error = slurp(path, buffer, &found);

		stream_print("file %zu %d\n", found, error);
		stream_write(buffer, found);
	}
}
