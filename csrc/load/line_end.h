/*
 * Where a line of text ends: both kinds of line ends in one pass. A second memchr() for each line of a header would be half a
 * percent of a counted request.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>

/* A bit for each of 16 bytes that ends a line. */
static inline uint32_t line_end_mask(const char *at)
{
	__m128i here = _mm_loadu_si128((const __m128i *)at);

	return (uint32_t)_mm_movemask_epi8(
		_mm_or_si128(_mm_cmpeq_epi8(here, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(here, _mm_set1_epi8('\n'))));
}
#endif

/* The first carriage return or line feed; `to` if there is none. */
static inline const char *line_end_find(const char *from, const char *to)
{
#ifdef __SSE2__
	/* Two steps at once, because most lines have fewer than 32 bytes. */
	for (; to - from >= 32; from += 32) {
		uint32_t ends = line_end_mask(from) | line_end_mask(from + 16) << 16;

		if (ends)
			return from + __builtin_ctz(ends);
	}
#endif
	while (from < to && *from != '\r' && *from != '\n')
		from++;
	return from;
}
