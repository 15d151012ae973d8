/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gives one call of the DMA API the attribute, in its text: in place where the
 * call has attributes, else under the name of its _attrs form; laid out as the
 * kernel wants it (Documentation/process/coding-style.rst, checkpatch --strict).
 */
#ifndef DMA_AUDIT_RETAG_H
#define DMA_AUDIT_RETAG_H

#include "code.h"
#include "source.h"

#define ATTRIBUTE "DMA_ATTR_PERSISTENT_STREAMING"

/* Does the call pass the attribute already? */
bool is_tagged(const struct code_fact *call);

/*
 * The edit that gives @call the attribute; NULL, or else the reason why its text
 * cannot be edited.
 */
const char *retag(const struct source_text *s, const struct code_fact *call, struct edit *edit);

#endif
