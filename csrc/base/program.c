#include "program.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void program_keep_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void program_refuse(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(". See --help.\n", stderr);
	exit(PROGRAM_REFUSED);
}

int program_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s.\n", program_name, what, why ? ": " : "", why ? why : "");
	return PROGRAM_FAILED;
}
