/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a function is for, as far as lifetimes go: its name, the names under
 * which it is registered, and its callers tell whether it belongs to one
 * transfer or to the life of an object.
 */
#ifndef DMA_AUDIT_ROLE_H
#define DMA_AUDIT_ROLE_H

#include "code.h"

struct role {
	bool transfer;		/* interrupt, completion, poll, submission */
	bool life;		/* probe, alloc, free, remove */
	bool far_life;		/* the same, but only said of a caller */
	bool weak_transfer, weak_life;
};

/* Of a function alone. */
struct role role_of_name(const struct code_function *fn);

/* Callers decide where the name does not. */
struct role role_of(const struct code_function *fn);

void role_add(struct role *sum, struct role r);

#endif
