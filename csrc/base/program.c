#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
