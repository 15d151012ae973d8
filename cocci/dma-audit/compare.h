/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets what a running kernel's mappings do beside what the audit says of the
 * calls that make them.
 */
#ifndef DMA_AUDIT_COMPARE_H
#define DMA_AUDIT_COMPARE_H

#include <stdio.h>

#include "site.h"

struct compare_options {
	const char *tree;	/* the sources, for their makefiles */
	char **paths;		/* files that hold two dumps in all */
	int n_paths;
	int seconds;		/* that a mapping must have lived; 0: as the dumps are apart */
	const char *out;	/* folder of live.jsonl */
};

/* Writes live.jsonl, and the same for a reader to @f. die()s on bad input. */
void compare(const struct code *code, const struct sites *sites, const struct compare_options *o,
	     FILE *f);

#endif
