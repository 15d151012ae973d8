// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "ending.h"
#include "pair.h"

/* A jump belongs to the clean-up before it when it is no farther away. */
#define NEAR_LINES 5

/* Where the statements of a function begin: behind one tab. */
#define BODY_COLUMN 2

/* Functions between the one that maps and the one that begins and ends a use. */
#define WRAPPERS 2

/* An error value: what is returned with it has failed. */
static bool is_error(const char *value)
{
	return *value == '-' || !strncmp(value, "ERR_", 4) || !strcmp(value, "NULL") ||
	       !strcmp(value, "false") || strstr(value, "ERR") ||
	       strstr(value, "FAIL");
}

/* The first jump behind @fact that is not in a block which begins behind it. */
static const struct code_fact *jump_behind(const struct code_function *fn,
					   const struct code_fact *fact)
{
	int column = fact->column;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->line <= fact->line)
			continue;
		if (f->column <= column && (f->kind == FACT_RETURN || f->kind == FACT_GOTO))
			return f;
		/* The block of @fact has ended, and another may have begun. */
		if (f->column < column && (f->kind == FACT_CALL || f->kind == FACT_ASSIGN))
			column = f->column;
	}
	return NULL;
}

/*
 * Does a call in the function that begins something clean up after an error?
 * Then the function has already returned well before it (the label is behind the
 * way of success), or its block leaves the function although more follows. The
 * column tells what is in one block.
 */
static bool on_error_path(const struct code_function *fn, int begin_line,
			  const struct code_fact *end)
{
	const struct code_fact *before = NULL, *behind = jump_behind(fn, end);
	int checked = begin_line, last_line = fn->facts[fn->n - 1].line;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->kind == FACT_CALL && strstr(f->a, "dma_mapping_error"))
			checked = f->line;
		if (f->kind == FACT_RETURN && f->line >= begin_line && f->line < end->line &&
		    (f->column == BODY_COLUMN || f->line > checked + NEAR_LINES))
			before = f;
	}
	if (before && !is_error(before->a))
		return true;
	if (!behind)
		return false;
	if (is_error(behind->a))
		return true;
	/* What stands in no block of its own is done on every way. */
	return end->column > BODY_COLUMN && behind->column == end->column &&
	       behind->line - end->line <= NEAR_LINES &&
	       (behind->kind == FACT_GOTO || last_line > behind->line);
}

bool ends_here(const struct evidence *e)
{
	bool elsewhere = false, always = false, sometimes = false;

	for (size_t i = 0; i < e->site->n_unmaps; i++) {
		const struct code_fact *u = e->site->unmaps[i];

		if (u->function != e->function)
			elsewhere = true;
		else if (u->line > e->site->line && !on_error_path(e->function, e->site->line, u))
			*(u->column > BODY_COLUMN ? &sometimes : &always) = true;
	}
	return always || (sometimes && !elsewhere);
}

/* Is @name a function that unmaps, or one that calls such a function? */
static bool unmaps(const struct evidence *e, const char *name, bool by_another)
{
	for (size_t i = 0; i < e->site->n_unmaps; i++) {
		const struct code_function *fn = e->site->unmaps[i]->function;

		if (fn == e->function)
			continue;
		if (!by_another && fn->name == name)
			return true;
		for (size_t k = 0; by_another && k < fn->n_callers; k++)
			if (fn->callers[k]->function->name == name)
				return true;
	}
	return false;
}

/*
 * Does @name undo what @fn has done? The mapping function has a counterpart of its
 * name, or what unmaps; a wrapper of it has a counterpart that wraps what unmaps.
 */
static bool undoes(const struct evidence *e, const struct code_function *fn, const char *name)
{
	if (fn == e->function)
		return names_pair(fn->name, name) || unmaps(e, name, false);
	return names_pair(fn->name, name) && unmaps(e, name, true);
}

/* What no condition leads to, and leaves out what is behind it. */
static bool jumps_over(const struct code_fact *f, const struct code_fact *begin)
{
	return f->kind == FACT_GOTO && f->column == BODY_COLUMN && f->line > begin->line;
}

enum end {
	NO_END,
	MAYBE,		/* under a condition */
	END,
};

/* Does the function that calls @fn undo it later, on its way of success? */
static enum end end_in_caller(const struct evidence *e, const struct code_function *fn,
			      const struct code_fact *begin)
{
	const struct code_function *caller = begin->function;
	enum end end = NO_END;

	for (size_t i = 0; i < caller->n && end != END; i++) {
		const struct code_fact *f = &caller->facts[i];

		if (jumps_over(f, begin))
			break;
		if (f->kind == FACT_CALL && f->line > begin->line && undoes(e, fn, f->a) &&
		    !on_error_path(caller, begin->line, f))
			end = f->column == BODY_COLUMN ? END : MAYBE;
	}
	return end;
}

static bool callers_end(const struct evidence *e, const struct code_function *fn, int steps)
{
	bool sure = false;

	for (size_t i = 0; i < fn->n_callers; i++) {
		enum end end = end_in_caller(e, fn, fn->callers[i]);

		if (end == NO_END && (steps == WRAPPERS ||
				      !callers_end(e, fn->callers[i]->function, steps + 1)))
			return false;
		sure |= end != MAYBE;
	}
	return sure && !fn->n_aliases;
}

bool is_bracketed(const struct evidence *e)
{
	return callers_end(e, e->function, 0);
}
