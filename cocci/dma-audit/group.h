/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which mappings have to be converted together: those that share an unmap, with
 * every call that unmaps one of them. The verdict needs to know only who ends a
 * mapping as a rule; here no clean-up after an error may be missing.
 */
#ifndef DMA_AUDIT_GROUP_H
#define DMA_AUDIT_GROUP_H

#include "site.h"

struct group {
	const struct site **sites;	/* by file, then by line */
	size_t n_sites;
	const struct code_fact **unmaps; /* by file, then by line */
	size_t n_unmaps;
	/* An unmap in one of the files of which no mapping is known; NULL: none. */
	const struct code_fact *stray;
};

struct groups {
	struct group *groups;		/* by their first site */
	size_t n;
};

/*
 * @root is the tree, whose headers tell the types of members. Sites for which
 * @skip is true take no part.
 */
struct groups *groups_find(const struct code *code, const struct sites *sites, const bool *skip,
			   const char *root);

#endif
