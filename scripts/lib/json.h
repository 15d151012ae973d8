/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOBOUNCE_JSON_H
#define IOBOUNCE_JSON_H

#include <jansson.h>

/* What the file @path holds, to be released; dies with place and reason when it can't. */
json_t *read_json(const char *path);

#endif
