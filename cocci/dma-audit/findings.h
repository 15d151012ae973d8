/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The findings as JSON: what programs read, and what SARIF, the page and diff
 * are made of.
 */
#ifndef DMA_AUDIT_FINDINGS_H
#define DMA_AUDIT_FINDINGS_H

#include <jansson.h>

#include "site.h"

/* A string; what is no UTF-8 in it becomes U+FFFD. */
json_t *json_text(const char *s);

/* A line of sites.jsonl. */
json_t *site_json(const struct site *s);

/* Asked for, and spatch could not read it. */
bool is_unparsed(const struct code_file *file);

/* What spatch could not read: a list of the lines of unparsed.jsonl. */
json_t *unparsed_json(const struct code *code, const struct sites *sites);

/* Writes sites.jsonl, unparsed.jsonl and missed.jsonl into @dir. */
void findings_write(const struct code *code, const struct sites *sites, const char *dir);

#endif
