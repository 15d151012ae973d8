/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_TELL_H
#define DMA_AUDIT_TELL_H

#include "evidence.h"

/*
 * Completes a judged site for its reader: how the mapping is held, the evidence
 * behind the reason, and what would repair it.
 */
void tell(const struct evidence *e);

#endif
