/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose content is the device's own affair.
 */
#ifndef DMA_AUDIT_PRIVATE_H
#define DMA_AUDIT_PRIVATE_H

#include "evidence.h"

/* Does the CPU not care for what it has mapped? @root is the kernel tree. */
bool is_private(const char *root, const struct evidence *e);

#endif
