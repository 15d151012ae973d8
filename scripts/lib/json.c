// SPDX-License-Identifier: GPL-2.0
#include "json.h"
#include "util.h"

json_t *read_json(const char *path)
{
	json_error_t err;
	json_t *json = json_load_file(path, 0, &err);

	if (!json)
		die("%s:%d: %s", path, err.line, err.text);
	return json;
}
