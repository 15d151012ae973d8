/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types of members, read from the definitions of structures in plain text: the
 * facts have none, and only few chains of members need them.
 */
#ifndef DMA_AUDIT_MEMBER_H
#define DMA_AUDIT_MEMBER_H

#include "handle.h"

/*
 * The last member of a chain like "bo -> base . sgt" in @fn, and the structure
 * that it is a member of. .type is NULL when a definition on the way is found
 * neither in the folder of @fn's file nor in the one above.
 */
struct handle_key member_key(const char *root, const struct code_function *fn, const char *expr);

#endif
