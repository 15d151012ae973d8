// SPDX-License-Identifier: GPL-2.0
#include "random.h"

/* splitmix64 (Steele, Lea and Flood, OOPSLA 2014): the next number of @state. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

json_t *shuffled(const json_t *list, uint64_t *state)
{
	json_t *rest = json_copy((json_t *)list), *out = json_array();

	while (json_array_size(rest)) {
		size_t i = random_next(state) % json_array_size(rest);

		json_array_append(out, json_array_get(rest, i));
		json_array_remove(rest, i);
	}
	json_decref(rest);
	return out;
}
