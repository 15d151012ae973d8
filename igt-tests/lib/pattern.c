// SPDX-License-Identifier: MIT
#include <string.h>

#include "igt.h"
#include "pattern.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */
uint64_t pattern_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void pattern_fill(void *dst, size_t len, uint64_t seed)
{
	uint8_t *p = dst;
	uint64_t word;

	for (; len; len -= len < sizeof(word) ? len : sizeof(word), p += sizeof(word)) {
		word = pattern_next(&seed);
		memcpy(p, &word, len < sizeof(word) ? len : sizeof(word));
	}
}

void pattern_compare(const char *what, const void *seen, const void *expected, size_t len)
{
	const uint8_t *s = seen, *e = expected;
	size_t i, differing = 0, first = 0;

	if (!memcmp(s, e, len))
		return;
	for (i = len; i--;) {
		if (s[i] != e[i]) {
			first = i;
			differing++;
		}
	}
	igt_assert_f(!differing,
		     "%s: %zu of %zu bytes differ, the first at %#zx: %#04x, not %#04x\n", what,
		     differing, len, first, s[first], e[first]);
}
