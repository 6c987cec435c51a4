#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/version.h"

static char *compose(uint32_t size, const char *connection)
{
	char *bytes = malloc(ANSWERS_HEAD + (size_t)size);
	int at, room;

	if (!bytes)
		return NULL;
	at = snprintf(
		bytes, ANSWERS_HEAD,
		"HTTP/1.1 200 OK\r\nServer: barewire-serve/%s\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n"
		"Connection: %s\r\nX-Fill: ",
		BAREWIRE_VERSION, size, connection);
	room = ANSWERS_HEAD - at - 4;
	/* The end goes over what snprintf() ended with; its place is ours. */
	memset(bytes + at, '-', (size_t)room);
	memcpy(bytes + ANSWERS_HEAD - 4, "\r\n\r\n", 4);
	memset(bytes + ANSWERS_HEAD, 'x', size);
	return bytes;
}

int answers_prepare(struct service *service)
{
	service->answers = calloc((size_t)service->size_count, sizeof(*service->answers));
	for (int i = 0; service->answers && i < service->size_count; i++) {
		struct answer *a = &service->answers[i];

		a->path_length = (size_t)snprintf(a->path, sizeof(a->path), "/%u", service->sizes[i]);
		a->length = ANSWERS_HEAD + (size_t)service->sizes[i];
		a->bytes[0] = compose(service->sizes[i], "keep-alive");
		a->bytes[1] = compose(service->sizes[i], "close");
		if (!a->bytes[0] || !a->bytes[1])
			return -1;
	}
	return service->answers ? 0 : -1;
}

void answers_discard(struct service *service)
{
	for (int i = 0; service->answers && i < service->size_count; i++) {
		free(service->answers[i].bytes[0]);
		free(service->answers[i].bytes[1]);
	}
	free(service->answers);
}
