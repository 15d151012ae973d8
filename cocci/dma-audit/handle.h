/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a mapping is kept: the identity that a map, its unmaps and its syncs
 * have in common, through local variables, parameters and returned values.
 */
#ifndef DMA_AUDIT_HANDLE_H
#define DMA_AUDIT_HANDLE_H

#include "code.h"

#define HANDLE_KEYS 12

struct handle_key {
	const char *type;	/* of the structure; NULL: not known */
	const char *member;
};

struct handle {
	struct handle_key keys[HANDLE_KEYS];
	size_t n;
	/* How it is held beside that. */
	const char *local;	/* a variable of the function */
	bool returned, out_parameter, parameter;
};

/* Of the mapping that @call makes. */
void handle_of_map(const struct code *code, const struct code_fact *call, struct handle *h);
/* Of the mapping that @call unmaps or syncs. */
void handle_of_use(const struct code *code, const struct code_fact *call, struct handle *h);

bool handles_meet(const struct handle *a, const struct handle *b);

/* The type of a variable in @fn without "*" and "const"; NULL when not declared there. */
const char *variable_type(const struct code_function *fn, const char *variable);

/* Its number among the parameters of @fn; -1: none of them. */
int parameter_number(const struct code_function *fn, const char *variable);

#endif
