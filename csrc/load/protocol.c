#include "protocol.h"

#include <stdio.h>
#include <string.h>

#define PROTOCOL(name) extern const struct protocol protocol_##name;
#include "protocols.def"
#undef PROTOCOL

#define PROTOCOL(name) &protocol_##name,
static const struct protocol *const all[] = {
#include "protocols.def"
};

#define COUNT (sizeof(all) / sizeof(all[0]))

const struct protocol *protocol_at(size_t index)
{
	return index < COUNT ? all[index] : NULL;
}

const struct protocol *protocol_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

const char *protocol_list(bool (*includes)(const struct protocol *p), char *text, size_t size)
{
	size_t left = 0;
	int at = 0;

	for (size_t i = 0; i < COUNT; i++)
		left += includes(all[i]);
	text[0] = '\0';
	for (size_t i = 0; i < COUNT; i++) {
		if (!includes(all[i]))
			continue;
		at += snprintf(text + at, size - (size_t)at, "%s%s", all[i]->name,
			       left > 2    ? ", "
			       : left == 2 ? " and "
					   : "");
		if ((size_t)at >= size)
			break;
		left--;
	}
	return text;
}
