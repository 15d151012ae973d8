/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the facts say about one mapping: who unmaps it, who syncs it, and what
 * those functions are for.
 */
#ifndef DMA_AUDIT_EVIDENCE_H
#define DMA_AUDIT_EVIDENCE_H

#include "handle.h"
#include "role.h"
#include "site.h"

struct evidence {
	struct site *site;
	const struct code_function *function;	/* that maps */
	struct handle handle;
	bool common;			/* many files keep mappings in the same member */
	struct role map, unmap;		/* of the functions that do it */
	bool unmapped_here;		/* by the mapping function, not after an error */
	bool bracketed;			/* each caller maps and unmaps around something */
	bool regular_end;		/* some unmap is that of a transfer, perhaps */
	bool exchanged;			/* the mapping function unmaps the one before */
	bool synced;
	bool recycled;			/* given back to the device with a sync */
	/*
	 * Where transfers end in this file, something is unmapped of which no
	 * mapping is known: it may be this one.
	 */
	bool orphan_transfer;
};

/*
 * For the sites that @wanted marks; the others stay empty. The sites' own lists
 * of unmaps and syncs are filled in. One for each site; to be freed.
 */
struct evidence *evidence_gather(const struct code *code, struct sites *sites, const bool *wanted);

/* Is @fn registered as callback @name? */
bool registered_as(const struct code_function *fn, const char *name);

#endif
