/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What changed between two lists of sites. A mapping is the same when function,
 * call and object are, in the same file if it can be; where its line went is no
 * change.
 */
#ifndef DMA_AUDIT_DIFF_H
#define DMA_AUDIT_DIFF_H

#include <jansson.h>
#include <stdio.h>

#include "site.h"

/*
 * As lists of the lines of sites.jsonl. Of the file @path, what is under @only
 * ("" for all); die()s when it is no such file.
 */
json_t *diff_sites(const struct sites *sites);
json_t *diff_read(const char *path, const char *only);

/* Writes the changes as text, or as @lines of JSON, and returns their number. */
size_t diff_write(const json_t *before, const json_t *after, bool lines, FILE *f);

#endif
