/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Turns findings into patches: one mail for each driver or helper, and a list of
 * what was left out.
 */
#ifndef DMA_AUDIT_CONVERT_H
#define DMA_AUDIT_CONVERT_H

#include "site.h"

struct convert_options {
	const char *root;	/* the tree */
	const char *out;	/* folder for the mails: made anew */
	const char *like;	/* a mail with the author and the date of all */
	const char *except;	/* what to leave out (except.h); NULL: nothing */
	char **under;		/* folders to convert; none: all */
	int n_under;
};

/* @sites are those of the whole tree: a mapping may be undone anywhere. */
void convert(const struct code *code, const struct sites *sites, const struct convert_options *o);

#endif
