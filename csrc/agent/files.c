#include "files.h"

#include <dirent.h>
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

/* The names in a directory, each with a NUL; those that do not fit are left out. */
static int list(const char *path, char *buffer, size_t *length)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int error;

	*length = 0;
	if (!directory)
		return errno;
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		size_t size = strlen(entry->d_name) + 1;

		if (size > STREAM_MOST - *length)
			break;
		memcpy(buffer + *length, entry->d_name, size);
		*length += size;
	}
	error = errno;
	closedir(directory);
	return error;
}

void files_answer(const char *paths, size_t length)
{
	static char buffer[STREAM_MOST];
	const char *end = paths + length;

	for (const char *path = paths; path < end; path += strlen(path) + 1) {
		size_t found, named = strlen(path);
		bool is_directory = named && path[named - 1] == '/';
		int error = is_directory ? list(path, buffer, &found) : slurp(path, buffer, &found);

		stream_print("file %zu %d\n", found, error);
		stream_write(buffer, found);
	}
}

static int put(const char *path, const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0755), error = 0;

	if (fd < 0)
		return errno;
	while (!error && length) {
		ssize_t got = write(fd, bytes, length);

		if (got >= 0) {
			bytes += got;
			length -= (size_t)got;
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	if (close(fd) && !error)
		error = errno;
	return error;
}

bool files_append(const char *request, size_t length)
{
	const char *end = memchr(request, '\0', length);

	if (!end)
		return false;
	stream_print("written %d\n", put(request, end + 1, (size_t)(request + length - end - 1)));
	return true;
}
