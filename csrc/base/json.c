#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

void json_write_string(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned)*text);
		else
			putchar(*text);
	putchar('"');
}

void json_write_optional(const char *name, int64_t value)
{
	if (value >= 0)
		printf(",\"%s\":%" PRId64, name, value);
	else
		printf(",\"%s\":null", name);
}

void json_write_count(const char *name, uint64_t value)
{
	printf(",\"%s\":%" PRIu64, name, value);
}

static double timeval_ns(const struct timeval *tv)
{
	return (double)tv->tv_sec * 1e9 + (double)tv->tv_usec * 1e3;
}

void json_write_cpu(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf(",\"cpu\":{\"user_ns\":%.0f,\"system_ns\":%.0f}", timeval_ns(&usage.ru_utime),
	       timeval_ns(&usage.ru_stime));
}
