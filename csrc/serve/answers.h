/* The answers of an HTTP service, made once before the threads begin, head and body in one piece. */
#pragma once

#include <stddef.h>

#include "service.h"

/* Bytes of a head, whatever the size of the body. */
#define ANSWERS_HEAD 250

/* One of `size` bytes for a connection that stays ([0]) and one that ends ([1]). */
struct answer {
	char path[16];
	size_t path_length;
	size_t length;
	char *bytes[2];
};

/* Make the answers of a service; 0, or -1 without memory. */
int answers_prepare(struct service *service);
void answers_discard(struct service *service);
