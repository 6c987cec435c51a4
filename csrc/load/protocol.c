#include "protocol.h"

#include <string.h>

const struct protocol *protocol_find(const char *name)
{
	static const struct protocol *const all[] = {
		&protocol_http, &protocol_connect, &protocol_tcp, &protocol_udp, &protocol_tcp_crr, &protocol_packets,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
