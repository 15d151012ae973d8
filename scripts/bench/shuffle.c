// SPDX-License-Identifier: GPL-2.0
#include "random.h"
#include "shuffle.h"

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
