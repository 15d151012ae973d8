/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the mail of a generated patch says, from the evidence: who maps, who
 * unmaps, how the CPU gets at the memory, what is not synced.
 */
#ifndef DMA_AUDIT_MESSAGE_H
#define DMA_AUDIT_MESSAGE_H

#include <stdio.h>

#include "group.h"
#include "unit.h"

struct patch {
	int number;
	struct unit unit;
	const struct group **groups;
	size_t n;
};

/* Without the prefix. */
const char *message_subject(const struct patch *p);

/* Paragraphs of at most 72 columns, with an empty line between. */
void message_body(const struct patch *p, const char *root, FILE *f);

#endif
