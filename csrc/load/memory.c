#include "memory.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/clock.h"
#include "connection.h"
#include "exact.h"
#include "histogram.h"
#include "http.h"
#include "ledger.h"
#include "protocol.h"
#include "results.h"
#include "ticks.h"
#include "worker.h"

/* The program, its libraries and what stdio holds. */
#define PROGRAM_BYTES (UINT64_C(6) << 20)
/* What a thread touches of its stack, and the allocator's share for it. */
#define THREAD_BYTES (UINT64_C(256) << 10)
/* What the allocator adds to each piece. */
#define PIECE_BYTES 32
/*
 * A queue holds at most twice what waits, and while it grows the old one is there too; freed ones may not have gone
 * back.
 */
#define WAITING_BYTES (4 * sizeof(int64_t))

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t connections_bytes(const struct options *o)
{
	uint64_t each = sizeof(struct connection) + QUEUE_SMALLEST * sizeof(int64_t) + 3 * PIECE_BYTES;

	each += (uint64_t)o->pipeline * sizeof(struct request);
	each += o->protocol->takes_path ? HTTP_LARGEST_HEADER + PIECE_BYTES : 0;
	return each * (uint64_t)o->connections;
}

static uint64_t waiting_bytes(const struct options *o)
{
	uint64_t most = WORKER_MOST_OUTSTANDING * (uint64_t)o->threads;

	if (o->rate_per_s == 0)
		most = (uint64_t)o->pipeline * (uint64_t)o->connections;
	return WAITING_BYTES * least(most, ledger_requests(o, o->warmup_ns + o->duration_ns));
}

/*
 * Histograms that were taken down: no more buckets in a second than a histogram has, and no more in all than there were
 * values.
 */
static uint64_t seconds_bytes(const struct options *o)
{
	uint64_t seconds = (uint64_t)((o->duration_ns + o->interval_ns - 1) / o->interval_ns) * (uint64_t)o->threads;
	uint64_t buckets = least(seconds * HISTOGRAM_SIZE, ledger_requests(o, o->duration_ns));
	uint64_t connects =
		o->protocol->each_its_own ? buckets : least(seconds * HISTOGRAM_SIZE, (uint64_t)o->connections);
	/* Latency, service and lag always; pacing where there is a schedule. */
	uint64_t kinds = 3 + (o->rate_per_s > 0) + o->timestamps;
	uint64_t growing = 3 * HISTOGRAM_SIZE * sizeof(struct histogram_pair) * (uint64_t)o->threads;

	return (kinds * buckets + connects) * sizeof(struct histogram_pair) + growing +
	       seconds * (RESULT_KINDS * (sizeof(struct histogram_pairs) + PIECE_BYTES) + sizeof(struct tally));
}

uint64_t memory_bound(const struct options *o)
{
	uint64_t ticks = (uint64_t)ticks_count(o->duration_ns) * TICK_BUCKETS * sizeof(uint32_t);
	uint64_t thread =
		THREAD_BYTES + sizeof(struct worker) + WORKER_BUFFER + o->protocol->request(o, NULL, 0) + ticks;

	/* What is noted, and what of it is withdrawn. */
	thread += 2 * ledger_room(o) * sizeof(struct noted);
	/* To write exact values, those of all threads are sorted together, one kind after the other. */
	thread += (EXACT_KINDS + 1) * (exact_room(o) * sizeof(int64_t) + PIECE_BYTES);
	/* One histogram more to merge threads for the output, one for the progress. */
	return PROGRAM_BYTES + 2 * sizeof(struct histogram) + thread * (uint64_t)o->threads + connections_bytes(o) +
	       waiting_bytes(o) + seconds_bytes(o);
}

/* Not getrusage(), which includes what this process held before it became this program. */
uint64_t memory_peak(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	uint64_t kb = 0;
	char line[256];

	if (!status)
		return 0;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kb) == 1)
			break;
	fclose(status);
	return kb << 10;
}
