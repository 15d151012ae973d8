/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a mapping ends, as far as the order of statements tells: in the function
 * that maps, or in each of its callers.
 */
#ifndef DMA_AUDIT_ENDING_H
#define DMA_AUDIT_ENDING_H

#include "evidence.h"

/*
 * Does the mapping function itself unmap, on its way of success? Where another
 * function does it too, only an unmap on every way is proof.
 */
bool ends_here(const struct evidence *e);

/* Does every caller of the mapping function also end what it began? */
bool is_bracketed(const struct evidence *e);

#endif
