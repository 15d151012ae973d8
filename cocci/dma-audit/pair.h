/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_PAIR_H
#define DMA_AUDIT_PAIR_H

#include <stdbool.h>

/* Are these names a pair like foo_alloc_ring() and foo_free_ring()? */
bool names_pair(const char *begin, const char *end);

#endif
