/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMA_AUDIT_JUDGE_H
#define DMA_AUDIT_JUDGE_H

#include "site.h"

/* Gives every site of the kernel tree @root its verdict, with evidence. */
void judge(const char *root, const struct code *code, struct sites *sites);

#endif
