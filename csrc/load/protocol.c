#include "protocol.h"

#include <stdio.h>
#include <string.h>

static int get(const struct options *o, char *buffer, size_t size, const char *connection)
{
	bool six = strchr(o->target, ':') != NULL;
	int length = snprintf(buffer, size, "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nConnection: %s\r\n\r\n", o->path, six ? "[" : "",
			      o->target, six ? "]" : "", o->port, connection);

	return length < 0 || (size_t)length >= size ? -1 : length;
}

static int get_and_stay(const struct options *o, char *buffer, size_t size)
{
	return get(o, buffer, size, "keep-alive");
}

static int get_and_leave(const struct options *o, char *buffer, size_t size)
{
	return get(o, buffer, size, "close");
}

static const struct protocol protocols[] = {
	{"http", false, get_and_stay, http_read},
	{"connect", true, get_and_leave, http_read},
};

const struct protocol *protocol_find(const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}
