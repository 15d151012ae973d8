/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers of the core through which whole subsystems map. What their users do
 * with the mappings lies outside of every file that the audit reads, so that it
 * is told here, with the reason.
 */
#ifndef DMA_AUDIT_FAMILY_H
#define DMA_AUDIT_FAMILY_H

#include "site.h"

struct family {
	const char *prefix;	/* of the function that maps */
	enum verdict verdict;
	const char *reason;
};

/* NULL: @function belongs to none. */
const struct family *family_find(const char *function);

#endif
