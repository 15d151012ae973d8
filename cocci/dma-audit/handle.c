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
};

/* A value comes from somewhere and goes somewhere. */
enum way {
	BACK = 1,
	AHEAD = 2,
	BOTH = BACK | AHEAD,
};

static void follow(struct search *s, const struct code_function *fn, const char *expr, enum way way,
		   int steps);

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

/* A member as an expression names it: the only one on the way, of a known type. */
static struct handle_key plain_key(const struct code_function *fn, const char *expr)
{
	struct expr_ref ref = expr_ref(expr);

	if (ref.depth != 1)
		return (struct handle_key) { NULL };
	return (struct handle_key) { variable_type(fn, ref.variable), ref.member };
}

static bool same_key(struct handle_key a, struct handle_key b)
{
	return a.type && a.type == b.type && a.member == b.member;
}

/* Is it given to nothing else in this file? */
static bool is_name_of(const struct code_file *f, struct handle_key name, struct handle_key key)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct code_fact *fact = &f->facts[i];

		if (fact->kind == FACT_ASSIGN && strstr(fact->a, name.member) &&
		    same_key(plain_key(fact->function, fact->a), name) &&
		    !same_key(plain_key(fact->function, fact->b), key) &&
		    strcmp(fact->b, "0") && strcmp(fact->b, "NULL"))
			return false;
	}
	return true;
}

/* "buf->dma_sgt = &buf->sg_table" and "slot->base = page->dma" give a second name. */
static void add_other_names(struct search *s, const struct code_file *f, struct handle_key key)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct code_fact *fact = &f->facts[i];
		struct handle_key name;

		if (fact->kind != FACT_ASSIGN || !strstr(fact->b, key.member) ||
		    !same_key(plain_key(fact->function, fact->b), key))
			continue;
		name = plain_key(fact->function, fact->a);
		if (name.type && (fact->b[0] == '&' || is_name_of(f, name, key)))
			add_key(s->handle, name.type, name.member);
	}
}

static void add_member(struct search *s, const struct code_function *fn, const struct expr_ref *ref)
{
	const char *type = ref->depth == 1 ? variable_type(fn, ref->variable) : NULL;

	add_key(s->handle, type, ref->member);
	if (type)
		add_other_names(s, fn->file, (struct handle_key) { type, ref->member });
}

/*
 * dma_unmap_addr(p, member) and dma_unmap_addr_set(p, member, value), and what
 * is made like page_private(page) and set_page_private(page, value): the name
 * without "set" and "get" stands for the member.
 */
static bool is_accessor(const char *name, const char *word)
{
	size_t len = strlen(word);
	const char *at = strstr(name, word);

	return at && (at == name || at[-1] == '_') && (!at[len] || at[len] == '_');
}

static const char *accessed(const char *name, const char *word)
{
	const char *at = strstr(name, word);
	size_t head = at - name;
	const char *tail = at + strlen(word), *member;
	char *rest;

	/* One of the two '_' around the word goes with it. */
	if (*tail == '_')
		tail++;
	else if (head)
		head--;
	rest = xasprintf("%.*s%s", (int)head, name, tail);
	member = intern(rest);
	free(rest);
	return member;
}

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

/* A call that takes @value, or that gives the handle when @value is NULL. */
static bool follow_accessor(struct search *s, const struct code_function *fn, const char *name,
			    const char *arguments, const char *value)
{
	const char *last, *argument;
	int n = 0;

	if (unmap_address(s, fn, name, arguments))
		return true;
	if (!value) {
		if (code_argument(arguments, 1))
			return false;
		add_key(s->handle, NULL, is_accessor(name, "get") ? accessed(name, "get") : name);
		return true;
	}
	if (!is_accessor(name, "set"))
		return false;
	for (last = NULL; (argument = code_argument(arguments, n)); n++)
		last = argument;
	if (n < 2 || expr_ref(last).variable != value || expr_ref(last).member)
		return false;
	add_key(s->handle, NULL, accessed(name, "set"));
	return true;
}

/* What the callers of @fn give or take at parameter @n. */
static void follow_callers(struct search *s, const struct code_function *fn, int n, enum way way,
			   int steps)
{
	for (size_t i = 0; i < fn->n_callers; i++) {
		const struct code_fact *call = fn->callers[i];
		const char *argument = code_argument(call->b, n);

		if (argument)
			follow(s, call->function, argument, way, steps + 1);
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
			follow_callers(s, fn, n, AHEAD, steps);
		return;
	}
	follow(s, fn, expr, AHEAD, steps + 1);
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

/* What the function called puts behind its parameter number @n. */
static void follow_out(struct search *s, const struct code_fact *call, int n, int steps)
{
	const struct code_function *fn = code_function(s->code, call->function->file, call->a);

	if (!fn || fn == call->function)
		return;
	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];
		struct expr_ref left;

		if (f->kind != FACT_ASSIGN)
			continue;
		left = expr_ref(f->a);
		if (left.variable && left.deref && !left.member &&
		    parameter_number(fn, left.variable) == n)
			follow(s, fn, f->b, BACK, steps + 1);
	}
}

/* A variable whose address is given away may come back filled. */
static void follow_filled(struct search *s, const struct code_fact *call, const char *variable,
			  int steps)
{
	const char *argument;

	for (int n = 0; (argument = code_argument(call->b, n)); n++)
		if (argument[0] == '&' && !strcmp(argument + 1 + (argument[1] == ' '), variable))
			follow_out(s, call, n, steps);
}

/* Where a local variable or parameter comes from. */
static void follow_back(struct search *s, const struct code_function *fn, const char *variable,
			enum way way, int steps)
{
	int n = parameter_number(fn, variable);

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];
		struct expr_ref left;

		if (f->kind == FACT_DECLARE && f->b == variable && *f->c) {
			follow(s, fn, f->c, BACK, steps + 1);
		} else if (f->kind == FACT_ASSIGN) {
			left = expr_ref(f->a);
			if (left.variable == variable && !left.member)
				follow(s, fn, f->b, BACK, steps + 1);
		} else if (f->kind == FACT_CALL && !f->api && strchr(f->b, '&') &&
			   expr_has_word(f->b, variable)) {
			follow_filled(s, f, variable, steps);
		}
	}
	if (n >= 0) {
		s->handle->parameter = true;
		follow_callers(s, fn, n, way, steps);
	}
}

static bool is_conversion(const char *name)
{
	return strstr(name, "_to_") || strstr(name, "address") || strstr(name, "unaligned");
}

/* Is @variable, plain or converted, what @expr is about? */
static bool passes(const char *expr, const char *variable)
{
	struct expr_ref ref = expr_ref(expr);
	const char *name, *arguments;

	if (ref.variable)
		return ref.variable == variable && !ref.member;
	if (!expr_has_word(expr, variable) || !expr_call(expr, &name, &arguments))
		return false;
	ref = expr_ref(arguments);
	return is_conversion(name) ||
	       (!code_argument(arguments, 1) && ref.variable == variable && !ref.member);
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
			follow_accessor(s, fn, f->a, f->b, variable);
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
			follow(s, called, called->facts[i].a, BACK, steps + 1);
	return true;
}

static void follow(struct search *s, const struct code_function *fn, const char *expr, enum way way,
		   int steps)
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
		if (way & BACK)
			follow_back(s, fn, ref.variable, way, steps);
		if (way & AHEAD)
			follow_ahead(s, fn, ref.variable, steps);
		return;
	}
	if (!expr_call(expr, &name, &arguments) || api_find(name, strlen(name)))
		return;
	inner = code_argument(arguments, 0);
	if (is_conversion(name) && inner)
		follow(s, fn, inner, BACK, steps + 1);
	else if (!follow_into(s, fn, name, steps))
		follow_accessor(s, fn, name, arguments, NULL);
}

void handle_of_map(const struct code *code, const struct code_fact *call, struct handle *h)
{
	struct search s = { code, h };
	const char *object;

	memset(h, 0, sizeof(*h));
	if (call->api->object < 0) {
		value_of_call(&s, call, 0);
		return;
	}
	object = code_argument(call->b, call->api->object);
	if (object)
		follow(&s, call->function, object, BOTH, 0);
}

void handle_of_use(const struct code *code, const struct code_fact *call, struct handle *h)
{
	struct search s = { code, h };
	const char *object = code_argument(call->b, call->api->object);

	memset(h, 0, sizeof(*h));
	if (object)
		follow(&s, call->function, object, BACK, 0);
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
