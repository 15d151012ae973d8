/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_SARIF_H
#define DMA_AUDIT_SARIF_H

#include "site.h"
#include "excerpt.h"

/*
 * Writes the findings to @path as SARIF 2.1.0 (OASIS, 27 March 2020): a rule for
 * each verdict, a result for each mapping. Only what is broken under bouncing
 * fails; the rest passes, or is left to a reader.
 */
void sarif_write(const struct code *code, const struct sites *sites, struct sources *sources,
		 const char *root, const char *path);

#endif
