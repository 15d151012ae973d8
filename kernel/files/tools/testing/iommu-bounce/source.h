/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a test's choices come from: a seed, or the bytes that a fuzzer made up; and
 * numbers from the command line.
 */
#ifndef IOMMU_BOUNCE_SOURCE_H
#define IOMMU_BOUNCE_SOURCE_H

#include "iommu-bounce-internal.h"

/* One run of the random test, with @data for choices; libFuzzer wants this name. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct source {
	u64 state;		/* of the generator */
	const u8 *data;		/* instead of it, if not NULL */
	size_t left;
};

/* xorshift64*, Marsaglia and Vigna; the state must not be 0. */
static inline u32 source_u32(struct source *source)
{
	source->state ^= source->state >> 12;
	source->state ^= source->state << 25;
	source->state ^= source->state >> 27;
	return (source->state * 0x2545f4914f6cdd1dULL) >> 32;
}

static inline bool source_empty(const struct source *source)
{
	return source->data && !source->left;
}

/* A choice out of @n; with a fuzzer's bytes the first one when they run out. */
static inline u32 choose(struct source *source, u32 n)
{
	u32 value = 0, bytes;

	if (!source->data)
		return (u64)source_u32(source) * n >> 32;
	for (bytes = n > 65536 ? 3 : n > 256 ? 2 : 1; bytes && source->left; bytes--) {
		value = value << 8 | *source->data++;
		source->left--;
	}
	return value % n;
}

/* Bytes for buffers: never taken from the fuzzer's. */
static inline u64 noise(struct source *source)
{
	return (u64)source_u32(source) << 32 | source_u32(source);
}

static inline unsigned long number(const char *text, const char *what, unsigned long least,
				   unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || end == text || value < least || value > most) {
		fprintf(stderr, "%s '%s' is no number from %lu to %lu\n", what, text, least,
			most);
		exit(2);
	}
	return value;
}

#endif /* IOMMU_BOUNCE_SOURCE_H */
