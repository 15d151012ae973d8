/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Brings the facts about a tree up to date.
 */
#ifndef DMA_AUDIT_SCAN_H
#define DMA_AUDIT_SCAN_H

#include <stdbool.h>

struct scan_options {
	const char *tree;	/* real path of a kernel tree */
	const char *only;	/* folder or file in it, "" for all */
	const char *db;
	const char *facts;	/* folder of the fact rules */
	const char *order;	/* the semantic patch for the order of calls */
	const char *spatch;
	int jobs;
	int seconds;		/* limit for one file */
	bool retry;		/* what spatch could not parse is tried again */
};

/* Exit status: 1 when it was interrupted or files could not be read. */
int scan(const struct scan_options *o);

#endif
