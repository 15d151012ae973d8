// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "handle.h"
#include "util.h"

/* Steps from one function to another, or from one variable to the next. */
#define MAX_STEPS 4

struct search {
	const struct code *code;
	struct handle *handle;
	/* What a map gives is followed to where it goes, what an unmap takes to
	 * where it comes from.
	 */
	bool forward;
};

static void follow(struct search *s, const struct code_function *fn, const char *expr, int steps);

int parameter_number(const struct code_function *fn, const char *variable)
{
	const char *p;

	for (int i = 0; (p = code_argument(fn->parameters, i)); i++) {
		const char *name = strrchr(p, ' ');

		/* "struct page * * pages", "u8 mac [ 6 ]" */
		if (name && *++name == ']')
			name = NULL;
		if (name && !strcmp(name, variable))
			return i;
	}
	return -1;
}

/* "const struct foo *" is "struct foo". */
static const char *bare_type(const char *type, size_t len)
{
	if (len > 6 && !strncmp(type, "const ", 6)) {
		type += 6;
		len -= 6;
	}
	while (len && (type[len - 1] == '*' || type[len - 1] == ' '))
		len--;
	return intern_n(type, len);
}

const char *variable_type(const struct code_function *fn, const char *variable)
{
	int n = parameter_number(fn, variable);

	if (n >= 0) {
		const char *p = code_argument(fn->parameters, n);

		return bare_type(p, strrchr(p, ' ') - p);
	}
	for (size_t i = 0; i < fn->n; i++)
		if (fn->facts[i].kind == FACT_DECLARE && fn->facts[i].b == variable)
			return bare_type(fn->facts[i].a, strlen(fn->facts[i].a));
	return NULL;
}

static void add_key(struct handle *h, const char *type, const char *member)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->keys[i].member == member && h->keys[i].type == type)
			return;
	if (h->n < HANDLE_KEYS)
		h->keys[h->n++] = (struct handle_key) { type, member };
}

static void add_member(struct search *s, const struct code_function *fn, const struct expr_ref *ref)
{
	add_key(s->handle, ref->depth == 1 ? variable_type(fn, ref->variable) : NULL, ref->member);
}

/* dma_unmap_addr(p, member) and dma_unmap_addr_set(p, member, value). */
static bool unmap_address(struct search *s, const struct code_function *fn, const char *name,
			  const char *arguments)
{
	const char *owner, *member;
	struct expr_ref ref;

	if (strcmp(name, "dma_unmap_addr") && strcmp(name, "dma_unmap_addr_set"))
		return false;
	owner = code_argument(arguments, 0);
	member = code_argument(arguments, 1);
	if (!owner || !member)
		return false;
	ref = expr_ref(owner);
	add_key(s->handle, ref.variable && !ref.depth ? variable_type(fn, ref.variable) : NULL,
		expr_ref(member).member ?: member);
	return true;
}

/* What the callers of @fn give or take at parameter @n. */
static void follow_callers(struct search *s, const struct code_function *fn, int n, int steps)
{
	for (size_t i = 0; i < fn->n_callers; i++) {
		const struct code_fact *call = fn->callers[i];
		const char *argument = code_argument(call->b, n);

		if (argument)
			follow(s, call->function, argument, steps + 1);
	}
}

/* Is @call, printed with one space between its tokens, part of @expr? */
static bool contains_call(const char *expr, const char *name, const char *arguments)
{
	const char *p = expr;
	size_t len = strlen(name), args = strlen(arguments);

	while ((p = strstr(p, name))) {
		const char *q = p + len;

		if ((p == expr || p[-1] == ' ') && !strncmp(q, " ( ", 3) &&
		    !strncmp(q + 3, arguments, args))
			return true;
		p += len;
	}
	return false;
}

static void value_of_call(struct search *s, const struct code_fact *call, int steps);

/* The value of @fn is returned: it goes to where its callers put it. */
static void follow_returned(struct search *s, const struct code_function *fn, int steps)
{
	s->handle->returned = true;
	if (steps >= MAX_STEPS)
		return;
	for (size_t i = 0; i < fn->n_callers; i++)
		value_of_call(s, fn->callers[i], steps + 1);
}

/* @expr takes the value: a place where it is kept, or one more step. */
static void put_into(struct search *s, const struct code_function *fn, const char *expr, int steps)
{
	struct expr_ref ref = expr_ref(expr);
	int n;

	if (!ref.variable)
		return;
	if (ref.member) {
		add_member(s, fn, &ref);
		return;
	}
	n = parameter_number(fn, ref.variable);
	if (n >= 0 && (ref.deref || strchr(expr, '['))) {
		s->handle->out_parameter = true;
		if (steps < MAX_STEPS)
			follow_callers(s, fn, n, steps);
		return;
	}
	follow(s, fn, expr, steps + 1);
}

static void value_of_call(struct search *s, const struct code_fact *call, int steps)
{
	const struct code_function *fn = call->function;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		/* A statement begins before the call that it holds, by a few lines at most. */
		if (f->line > call->line + 3 || f->line < call->line - 8)
			continue;
		if (f->kind == FACT_ASSIGN && contains_call(f->b, call->a, call->b))
			put_into(s, fn, f->a, steps);
		else if (f->kind == FACT_DECLARE && contains_call(f->c, call->a, call->b))
			put_into(s, fn, f->b, steps);
		else if (f->kind == FACT_RETURN && contains_call(f->a, call->a, call->b))
			follow_returned(s, fn, steps);
		else if (f->kind == FACT_CALL && f != call && contains_call(f->b, call->a, call->b))
			unmap_address(s, fn, f->a, f->b);
	}
}

/* Where a local variable or parameter comes from. */
static void follow_back(struct search *s, const struct code_function *fn, const char *variable,
			int steps)
{
	int n = parameter_number(fn, variable);

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];
		struct expr_ref left;

		if (f->kind == FACT_DECLARE && f->b == variable && *f->c) {
			follow(s, fn, f->c, steps + 1);
		} else if (f->kind == FACT_ASSIGN) {
			left = expr_ref(f->a);
			if (left.variable == variable && !left.member)
				follow(s, fn, f->b, steps + 1);
		}
	}
	if (n >= 0) {
		s->handle->parameter = true;
		follow_callers(s, fn, n, steps);
	}
}

/* Is @variable, plain or converted, what @expr is about? */
static bool passes(const char *expr, const char *variable)
{
	struct expr_ref ref = expr_ref(expr);
	const char *name, *arguments;

	if (ref.variable)
		return ref.variable == variable && !ref.member;
	return expr_has_word(expr, variable) && expr_call(expr, &name, &arguments) &&
	       (strstr(name, "_to_") || !strncmp(name, "dma_map", 7) || strstr(name, "addr"));
}

/* Where the value of a local variable goes. */
static void follow_ahead(struct search *s, const struct code_function *fn, const char *variable,
			 int steps)
{
	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->kind == FACT_ASSIGN && passes(f->b, variable))
			put_into(s, fn, f->a, steps);
		else if (f->kind == FACT_RETURN && passes(f->a, variable))
			follow_returned(s, fn, steps);
		else if (f->kind == FACT_CALL && expr_has_word(f->b, variable))
			unmap_address(s, fn, f->a, f->b);
	}
}

/* Through the value of a function of the tree: to what it returns. */
static bool follow_into(struct search *s, const struct code_function *fn, const char *name,
			int steps)
{
	const struct code_function *called = code_function(s->code, fn->file, name);

	if (!called || called == fn)
		return false;
	for (size_t i = 0; i < called->n; i++)
		if (called->facts[i].kind == FACT_RETURN)
			follow(s, called, called->facts[i].a, steps + 1);
	return true;
}

static void follow(struct search *s, const struct code_function *fn, const char *expr, int steps)
{
	struct expr_ref ref = expr_ref(expr);
	const char *name, *arguments, *inner;

	if (steps > MAX_STEPS)
		return;
	if (ref.member) {
		add_member(s, fn, &ref);
		return;
	}
	if (ref.variable) {
		s->handle->local = s->handle->local ?: ref.variable;
		follow_back(s, fn, ref.variable, steps);
		if (s->forward || steps)
			follow_ahead(s, fn, ref.variable, steps);
		return;
	}
	if (!expr_call(expr, &name, &arguments) || unmap_address(s, fn, name, arguments) ||
	    follow_into(s, fn, name, steps))
		return;
	/* A conversion: le64_to_cpu(), sg_dma_address(). */
	inner = code_argument(arguments, 0);
	if (inner)
		follow(s, fn, inner, steps + 1);
}

void handle_of_map(const struct code *code, const struct code_fact *call, struct handle *h)
{
	struct search s = { code, h, true };
	const char *object;

	memset(h, 0, sizeof(*h));
	if (call->api->object < 0) {
		value_of_call(&s, call, 0);
		return;
	}
	object = code_argument(call->b, call->api->object);
	if (object)
		follow(&s, call->function, object, 0);
}

void handle_of_use(const struct code *code, const struct code_fact *call, struct handle *h)
{
	struct search s = { code, h, false };
	const char *object = code_argument(call->b, call->api->object);

	memset(h, 0, sizeof(*h));
	if (object)
		follow(&s, call->function, object, 0);
}

bool handles_meet(const struct handle *a, const struct handle *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			const struct handle_key *x = &a->keys[i], *y = &b->keys[k];

			if (x->member == y->member &&
			    (!x->type || !y->type || x->type == y->type))
				return true;
		}
	}
	return false;
}
