/*
 * The parts of the generator that do no input or output, for tests to ask: one line in, one line out.
 *
 *   bucket VALUE...                             INDEX:LOWEST for each
 *   schedule RATE even|poisson THREAD THREADS CONNECTIONS SEED COUNT     intended times
 *   http PIECE...                               pieces in hexadecimal: STATUS/LENGTH/CLOSES for each response, then how
 *                                               it ended: more, garbage, or STATUS/LENGTH/close of a response that the
 *                                               end of the connection completes
 *   queue VALUE...                              what comes out again; a value below 0 takes one out
 *   histogram MOST VALUE...                     VALUE:COUNT for each bucket, taken down MOST buckets at a time
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../histogram.h"
#include "../http.h"
#include "../queue.h"
#include "../schedule.h"

static void die(const char *why)
{
	fprintf(stderr, "probe: %s\n", why);
	exit(1);
}

static char *next_word(void)
{
	return strtok(NULL, " \n");
}

static int64_t next_number(void)
{
	const char *word = next_word();

	if (!word)
		die("a number is missing");
	return strtoll(word, NULL, 10);
}

static void ask_bucket(void)
{
	for (char *word = next_word(); word; word = next_word()) {
		uint32_t index = histogram_index(strtoll(word, NULL, 10));

		printf("%" PRIu32 ":%" PRId64 " ", index, histogram_value(index));
	}
}

static void ask_schedule(void)
{
	char *rate = next_word();
	char *arrivals = next_word();
	struct schedule s;
	int64_t thread, threads, connections, seed, count;

	if (!rate || !arrivals)
		die("a rate or its arrivals are missing");
	thread = next_number();
	threads = next_number();
	connections = next_number();
	seed = next_number();
	count = next_number();
	schedule_init(&s, strcmp(arrivals, "poisson") == 0, strtod(rate, NULL), (uint64_t)thread, (uint64_t)threads,
		      (uint64_t)connections, (uint64_t)seed);
	for (int64_t i = 0; i < count; i++)
		printf("%" PRId64 " ", schedule_next(&s));
}

static size_t parse_bytes(const char *word, char **bytes)
{
	size_t length = strlen(word) / 2;

	*bytes = malloc(length + 1);
	if (!*bytes)
		die("no memory");
	for (size_t i = 0; i < length; i++) {
		unsigned byte;

		if (sscanf(word + 2 * i, "%2x", &byte) != 1)
			die("not hexadecimal");
		(*bytes)[i] = (char)byte;
	}
	return length;
}

/*
 * As a connection does it: what was not used is given again with the next piece, in memory that ends where the bytes
 * end.
 */
static void ask_http(void)
{
	struct http_reader reader;
	char *left = NULL;
	size_t left_length = 0;
	const char *ending = "more";

	http_reset(&reader);
	for (char *word = next_word(); word && strcmp(ending, "more") == 0; word = next_word()) {
		char *piece;
		size_t length = parse_bytes(word, &piece);
		char *all = malloc(left_length + length + 1);
		char *exact;
		size_t at = 0;

		if (!all)
			die("no memory");
		if (left_length)
			memcpy(all, left, left_length);
		memcpy(all + left_length, piece, length);
		length += left_length;
		free(piece);
		while (at < length) {
			size_t used;
			enum http_result result;

			exact = malloc(length - at);
			if (!exact)
				die("no memory");
			memcpy(exact, all + at, length - at);
			result = http_read(&reader, exact, length - at, &used);
			free(exact);
			if (used > length - at)
				die("more was used than was given");
			at += used;
			if (result == HTTP_GARBAGE) {
				ending = "garbage";
				break;
			}
			if (result == HTTP_COMPLETE)
				printf("%d/%" PRIu64 "/%d ", reader.status, reader.length, reader.closes);
			else if (used == 0)
				break;
		}
		left_length = length - at;
		free(left);
		left = all;
		if (at)
			memmove(left, left + at, left_length);
		if (left_length >= HTTP_LARGEST_HEADER && strcmp(ending, "more") == 0)
			die("more is held than a header may have");
	}
	free(left);
	if (http_ends(&reader) && strcmp(ending, "more") == 0)
		printf("%d/%" PRIu64 "/close", reader.status, reader.length);
	else
		fputs(ending, stdout);
}

static void ask_queue(void)
{
	struct queue q = {0};

	for (char *word = next_word(); word; word = next_word()) {
		int64_t value = strtoll(word, NULL, 10);

		if (value >= 0 && queue_put(&q, value))
			die("no memory");
		if (value < 0 && q.count)
			printf("%" PRId64 " ", queue_take(&q));
	}
	while (q.count)
		printf("%" PRId64 " ", queue_take(&q));
	queue_free(&q);
}

static void ask_histogram(void)
{
	static struct histogram h;
	struct histogram_pairs pairs = {0};
	uint32_t most = (uint32_t)next_number();
	int more;

	histogram_reset(&h);
	for (char *word = next_word(); word; word = next_word())
		histogram_record(&h, strtoll(word, NULL, 10));
	do {
		more = histogram_take(&h, &pairs, most);
		if (more < 0)
			die("no memory");
	} while (more);
	for (uint32_t i = 0; i < pairs.length; i++)
		printf("%" PRId64 ":%" PRIu32 " ", histogram_value(pairs.pairs[i].index), pairs.pairs[i].count);
	printf("%" PRIu64, h.saturated);
	free(pairs.pairs);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*ask)(void);
	} questions[] = {{"bucket", ask_bucket},
			 {"schedule", ask_schedule},
			 {"http", ask_http},
			 {"queue", ask_queue},
			 {"histogram", ask_histogram}};
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *name = strtok(line, " \n");
		bool known = false;

		for (size_t i = 0; name && i < sizeof(questions) / sizeof(questions[0]); i++) {
			if (strcmp(name, questions[i].name) == 0) {
				questions[i].ask();
				known = true;
			}
		}
		if (!known)
			die("no such question");
		putchar('\n');
		fflush(stdout);
	}
	free(line);
	return 0;
}
