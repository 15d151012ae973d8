/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second finding: buffers that CPU and device use in the wrong order, as the
 * rules in cocci/mapping_order.cocci see it. It changes no verdict.
 */
#ifndef DMA_AUDIT_ORDER_H
#define DMA_AUDIT_ORDER_H

#include <stdio.h>

#include "code.h"

/* Writes @dir/order.jsonl, and what it holds in one line to @f. */
void report_order(const struct code *code, const char *dir, FILE *f);

#endif
