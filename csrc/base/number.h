/*
 * The number that one-way datagrams begin with: eight bytes, the highest first.
 *
 * The top bit marks a datagram of the warm-up, which its sender does not count either; seven bits are 0; eight name the
 * sender's thread; the rest counts from 0 within the thread. Both programs read this file.
 */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_BYTES 8
#define NUMBER_THREADS 256
#define NUMBER_WARMUP (UINT64_C(1) << 63)
#define NUMBER_COUNT ((UINT64_C(1) << 48) - 1)

static inline void number_write(void *bytes, uint64_t flags, uint64_t thread, uint64_t count)
{
	uint64_t number = htobe64(flags | thread << 48 | (count & NUMBER_COUNT));

	memcpy(bytes, &number, sizeof(number));
}

static inline uint64_t number_read(const void *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return be64toh(number);
}

/* Whether it is such a number at all. */
static inline int number_is_good(uint64_t number)
{
	return (number & ~NUMBER_WARMUP) >> 56 == 0;
}

static inline unsigned number_thread(uint64_t number)
{
	return (unsigned)(number >> 48 & (NUMBER_THREADS - 1));
}
