/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the audit found, for programs (JSON Lines) and for readers (a summary by
 * subsystem).
 */
#ifndef DMA_AUDIT_REPORT_H
#define DMA_AUDIT_REPORT_H

#include <stdio.h>

#include "site.h"

/* Writes sites.jsonl, unparsed.jsonl and missed.jsonl into @dir. */
void report_json(const struct code *code, const struct sites *sites, const char *dir);

void report_summary(const struct code *code, const struct sites *sites, FILE *f);

/* The evidence for each mapping at this line; false: there is none. */
bool report_explain(const struct sites *sites, const char *file, int line, FILE *f);

#endif
