/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The facts of a tree in memory, joined over its files: who calls whom, and
 * what every function does. All strings are interned: equal strings are equal
 * pointers.
 */
#ifndef DMA_AUDIT_CODE_H
#define DMA_AUDIT_CODE_H

#include "api.h"
#include "facts.h"
#include "store.h"
#include "text.h"

struct code_file;

/* A fact in place. For calls, argv is cut from the arguments. */
struct code_fact {
	char kind;
	int line, column;
	struct code_function *function;	/* NULL outside of functions */
	const char *a, *b, *c;
	const struct api *api;		/* calls of the DMA API */
};

struct code_function {
	const char *name;
	struct code_file *file;
	int line;
	const char *parameters;
	struct code_fact *facts;	/* in the order of the lines */
	size_t n;
	struct code_fact **callers;	/* the calls of it */
	size_t n_callers;
	const char **aliases;		/* names under which it is registered */
	size_t n_aliases;
	struct code_function *same_name; /* next function of this name in the tree */
};

struct code_file {
	const char *path;
	bool asked;		/* the reader wants to know about its mappings */
	enum content_state state;
	const char *reason;		/* why it was not parsed */
	struct code_fact *facts;	/* by function, then by line */
	size_t n;
	struct code_function *functions;
	size_t n_functions;
	struct text_call *texts;
	size_t n_texts;
};

struct code {
	struct code_file *files;
	size_t n;
	struct code_function **names;	/* hashed by interned name */
	size_t n_names;
};

/*
 * Reads all that the store knows of @tree, because what is under @only ("" for
 * all) may be unmapped and synced outside of it.
 */
struct code *code_load(struct store *s, int64_t tree, const char *only);

/* Is @path @only, or in that folder? All are in "". */
bool path_is_under(const char *path, const char *only);

const char *intern(const char *s);
const char *intern_n(const char *s, size_t len);
/* NULL: there is no such string yet. */
const char *interned(const char *s, size_t len);

/* The function called @name as seen from @file: its own, else the only one of the tree. */
struct code_function *code_function(const struct code *code, const struct code_file *file,
				    const char *name);

/* Argument number @n of a call, or parameter number @n; NULL when there is none. */
const char *code_argument(const char *arguments, int n);

#endif
