#include "ledger.h"

#include <stdlib.h>

#include "protocol.h"

uint64_t ledger_requests(const struct options *o, int64_t ns)
{
	double expected = o->rate_per_s * (double)ns / 1e9;

	return o->rate_per_s > 0 ? (uint64_t)(o->poisson ? expected * 1.1 + 1000 : expected) + (uint64_t)o->connections
				 : UINT64_MAX;
}

uint32_t ledger_room(const struct options *o)
{
	uint64_t requests = ledger_requests(o, o->duration_ns);

	if (o->exact || o->protocol->datagrams)
		return 0;
	return requests < LEDGER_MOST ? (uint32_t)requests : LEDGER_MOST;
}

int ledger_init(struct ledger *l, const struct options *o)
{
	*l = (struct ledger){.room = ledger_room(o)};
	if (l->room == 0)
		return 0;
	/* Pages that are never touched take no memory. */
	l->noted = malloc(l->room * sizeof(*l->noted));
	l->withdrawn = malloc(l->room * sizeof(*l->withdrawn));
	return l->noted && l->withdrawn ? 0 : -1;
}

void ledger_free(struct ledger *l)
{
	free(l->noted);
	free(l->withdrawn);
	*l = (struct ledger){0};
}

void ledger_note(struct ledger *l, const struct noted *answer)
{
	l->noted[l->count++ % l->room] = *answer;
}

uint64_t ledger_withdraw(struct ledger *l, uint32_t connection, uint64_t count)
{
	uint64_t oldest = l->count > l->room ? l->count - l->room : 0, found = 0;

	for (uint64_t at = l->count; at > oldest && found < count && l->withdrawn_count < l->room; at--) {
		const struct noted *answer = &l->noted[(at - 1) % l->room];

		if (answer->connection != connection)
			continue;
		l->withdrawn[l->withdrawn_count++] = *answer;
		found++;
	}
	return found;
}
