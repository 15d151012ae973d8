// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "util.h"

/* The interned strings: an open hash table that doubles when it is half full. */
static struct {
	const char **slots;
	size_t room, n;
} strings;

static size_t hash_of(const char *s, size_t len)
{
	size_t h = 5381;

	for (size_t i = 0; i < len; i++)
		h = h * 33 + (unsigned char)s[i];
	return h ^ h >> 15;
}

static const char **slot_of(const char *s, size_t len)
{
	size_t i = hash_of(s, len);

	for (;; i++) {
		const char **slot = &strings.slots[i & (strings.room - 1)];

		if (!*slot || (!strncmp(*slot, s, len) && !(*slot)[len]))
			return slot;
	}
}

static void grow(void)
{
	const char **old = strings.slots;
	size_t room = strings.room;

	strings.room = room ? room * 2 : 1 << 16;
	strings.slots = xcalloc(strings.room, sizeof(*strings.slots));
	for (size_t i = 0; i < room; i++)
		if (old[i])
			*slot_of(old[i], strlen(old[i])) = old[i];
	free(old);
}

const char *intern_n(const char *s, size_t len)
{
	const char **slot;

	if (strings.n * 2 >= strings.room)
		grow();
	slot = slot_of(s, len);
	if (!*slot) {
		*slot = xasprintf("%.*s", (int)len, s);
		strings.n++;
	}
	return *slot;
}

const char *interned(const char *s, size_t len)
{
	return strings.n ? *slot_of(s, len) : NULL;
}

const char *intern(const char *s)
{
	return intern_n(s, strlen(s));
}

struct loading {
	struct code *code;
	const char *only;
	struct store *store;
	struct code_file *file;
	int64_t *contents;	/* of the files, by their index */
};

bool path_is_under(const char *path, const char *only)
{
	size_t len = strlen(only);

	return !len || (!strncmp(path, only, len) && (!path[len] || path[len] == '/'));
}

static void take_source(void *arg, const struct source *source)
{
	struct loading *l = arg;
	struct code *code = l->code;

	code->files = xrealloc(code->files, (code->n + 1) * sizeof(*code->files));
	l->contents = xrealloc(l->contents, (code->n + 1) * sizeof(*l->contents));
	l->contents[code->n] = source->content;
	code->files[code->n++] = (struct code_file) {
		.path = intern(source->path),
		.asked = path_is_under(source->path, l->only),
		.state = source->state,
		.reason = intern(source->state == CONTENT_PENDING ? "not scanned yet" :
				 source->reason),
	};
}

static void take_text(void *arg, const struct text_call *call)
{
	struct loading *l = arg;
	struct code_file *f = l->file;

	f->texts = xrealloc(f->texts, (f->n_texts + 1) * sizeof(*f->texts));
	f->texts[f->n_texts] = *call;
	f->texts[f->n_texts++].function = (char *)intern(call->function);
}

/* Until the functions are known, a fact's function is kept by name. */
struct raw_fact {
	struct code_fact fact;
	const char *function;
};

struct raw {
	struct raw_fact *facts;
	size_t n, room;
};

static void take_fact(void *arg, const struct fact *fact)
{
	struct raw *raw = arg;
	struct raw_fact *r;

	if (raw->n == raw->room) {
		raw->room = raw->room ? raw->room * 2 : 1024;
		raw->facts = xrealloc(raw->facts, raw->room * sizeof(*raw->facts));
	}
	r = &raw->facts[raw->n++];
	r->fact = (struct code_fact) {
		.kind = fact->kind,
		.line = fact->line,
		.column = fact->column,
		.a = intern(fact->a),
		.b = intern(fact->b),
		.c = intern(fact->c),
	};
	if (fact->kind == FACT_CALL)
		r->fact.api = api_find(fact->a, strlen(fact->a));
	r->function = intern(fact->function);
}

static int by_place(const void *a, const void *b)
{
	const struct raw_fact *x = a, *y = b;

	if (x->function != y->function)
		return strcmp(x->function, y->function);
	if (x->fact.line != y->fact.line)
		return x->fact.line - y->fact.line;
	if (x->fact.column != y->fact.column)
		return x->fact.column - y->fact.column;
	return x->fact.kind - y->fact.kind;
}

static void add_function(struct code_file *f, const char *name, struct code_fact *facts, size_t n)
{
	struct code_function *fn = &f->functions[f->n_functions];

	*fn = (struct code_function) {
		.name = name,
		.file = f,
		.facts = facts,
		.n = n,
		.parameters = intern(""),
	};
	for (size_t i = 0; i < n; i++) {
		facts[i].function = fn;
		if (facts[i].kind == FACT_FUNCTION && !fn->line) {
			fn->line = facts[i].line;
			fn->parameters = facts[i].b;
		}
	}
	f->n_functions++;
}

/* Gives each function its part of the facts. */
static void split(struct code_file *f, struct raw *raw)
{
	size_t from = 0, i, names = 0;

	if (!raw->n)
		return;
	qsort(raw->facts, raw->n, sizeof(*raw->facts), by_place);
	f->n = raw->n;
	f->facts = xcalloc(raw->n, sizeof(*f->facts));
	for (i = 0; i < raw->n; i++) {
		f->facts[i] = raw->facts[i].fact;
		names += !i || raw->facts[i].function != raw->facts[i - 1].function;
	}
	f->functions = xcalloc(names, sizeof(*f->functions));
	for (i = 1; i <= raw->n; i++) {
		if (i < raw->n && raw->facts[i].function == raw->facts[from].function)
			continue;
		add_function(f, raw->facts[from].function, f->facts + from, i - from);
		from = i;
	}
}

static struct code_function **name_slot(const struct code *code, const char *name)
{
	size_t i = (size_t)name >> 4;

	for (;; i++) {
		struct code_function **slot = &code->names[i % code->n_names];

		if (!*slot || (*slot)->name == name)
			return slot;
	}
}

static void index_functions(struct code *code)
{
	size_t n = 0, i, k;

	for (i = 0; i < code->n; i++)
		n += code->files[i].n_functions;
	code->n_names = 2 * n + 1;
	code->names = xcalloc(code->n_names, sizeof(*code->names));
	for (i = 0; i < code->n; i++) {
		for (k = 0; k < code->files[i].n_functions; k++) {
			struct code_function *fn = &code->files[i].functions[k];
			struct code_function **slot = name_slot(code, fn->name);

			/* Only what is defined: declarations have an element too. */
			if (!fn->line)
				continue;
			fn->same_name = *slot;
			*slot = fn;
		}
	}
}

struct code_function *code_function(const struct code *code, const struct code_file *file,
				    const char *name)
{
	struct code_function *first = *name_slot(code, name), *fn;

	for (fn = first; fn; fn = fn->same_name)
		if (fn->file == file)
			return fn;
	return first && !first->same_name ? first : NULL;
}

static void add_alias(const struct code *code, const struct code_file *f, const char *value,
		      size_t len, const char *alias)
{
	const char *name;
	struct code_function *fn;

	if (len > 2 && !strncmp(value, "& ", 2)) {
		value += 2;
		len -= 2;
	}
	if (!len || memchr(value, ' ', len))
		return;
	name = interned(value, len);
	fn = name ? code_function(code, f, name) : NULL;
	if (!fn)
		return;
	fn->aliases = xrealloc(fn->aliases, (fn->n_aliases + 1) * sizeof(*fn->aliases));
	fn->aliases[fn->n_aliases++] = alias;
}

/* A function given away as a value goes by the name of what takes it. */
static void link_aliases(struct code *code, const struct code_file *f, const struct code_fact *fact)
{
	const char *p, *comma;

	if (fact->kind == FACT_OPS) {
		add_alias(code, f, fact->c, strlen(fact->c), fact->b);
	} else if (fact->kind == FACT_ASSIGN) {
		p = strrchr(fact->a, ' ');
		add_alias(code, f, fact->b, strlen(fact->b), p ? intern(p + 1) : fact->a);
	} else if (fact->kind == FACT_CALL || fact->kind == FACT_MEMBER_CALL) {
		for (p = fact->b; p; p = comma ? comma + 3 : NULL) {
			comma = strstr(p, " , ");
			add_alias(code, f, p, comma ? (size_t)(comma - p) : strlen(p), fact->a);
		}
	}
}

static void add_caller(struct code_function *fn, struct code_fact *call)
{
	if (fn == call->function)
		return;
	fn->callers = xrealloc(fn->callers, (fn->n_callers + 1) * sizeof(*fn->callers));
	fn->callers[fn->n_callers++] = call;
}

/* A function under one of the names that it is registered as. */
struct registered {
	const char *name;
	struct code_function *function;
};

static int by_name(const void *a, const void *b)
{
	const struct registered *x = a, *y = b;

	return x->name < y->name ? -1 : x->name > y->name;
}

static bool in_folder_of(const struct code_file *a, const struct code_file *b)
{
	size_t len = strrchr(a->path, '/') - a->path + 1;

	return !strncmp(a->path, b->path, len) && !strchr(b->path + len, '/');
}

/* ops->map() in the same folder calls what is registered there as .map. */
static void link_member_calls(struct code *code)
{
	struct registered *all = NULL, *first, *end;
	size_t n = 0;

	for (size_t i = 0; i < code->n; i++) {
		for (size_t k = 0; k < code->files[i].n_functions; k++) {
			struct code_function *fn = &code->files[i].functions[k];

			for (size_t a = 0; a < fn->n_aliases; a++) {
				all = xrealloc(all, (n + 1) * sizeof(*all));
				all[n++] = (struct registered) { fn->aliases[a], fn };
			}
		}
	}
	if (!n)
		return;
	qsort(all, n, sizeof(*all), by_name);
	end = all + n;
	for (size_t i = 0; i < code->n; i++) {
		struct code_file *f = &code->files[i];

		for (size_t k = 0; k < f->n; k++) {
			struct registered key = { f->facts[k].a, NULL };

			if (f->facts[k].kind != FACT_MEMBER_CALL)
				continue;
			first = bsearch(&key, all, n, sizeof(*all), by_name);
			while (first && first > all && first[-1].name == key.name)
				first--;
			for (; first && first < end && first->name == key.name; first++)
				if (in_folder_of(first->function->file, f))
					add_caller(first->function, &f->facts[k]);
		}
	}
	free(all);
}

static void link_calls(struct code *code)
{
	for (size_t i = 0; i < code->n; i++) {
		struct code_file *f = &code->files[i];

		for (size_t k = 0; k < f->n; k++) {
			struct code_fact *fact = &f->facts[k];
			struct code_function *fn;

			link_aliases(code, f, fact);
			if (fact->kind != FACT_CALL || fact->api)
				continue;
			fn = code_function(code, f, fact->a);
			if (fn)
				add_caller(fn, fact);
		}
	}
	link_member_calls(code);
}

struct code *code_load(struct store *s, int64_t tree, const char *only)
{
	struct code *code = xcalloc(1, sizeof(*code));
	struct loading l = { .code = code, .store = s, .only = only };
	struct raw raw = { NULL };

	store_sources(s, tree, "", take_source, &l);
	for (size_t i = 0; i < code->n; i++) {
		l.file = &code->files[i];
		store_texts(s, l.contents[i], take_text, &l);
		raw.n = 0;
		store_facts(s, l.contents[i], take_fact, &raw);
		split(l.file, &raw);
	}
	free(raw.facts);
	free(l.contents);
	index_functions(code);
	link_calls(code);
	return code;
}

const char *code_argument(const char *arguments, int n)
{
	const char *from = arguments, *p;
	int depth = 0;

	for (p = arguments; ; p++) {
		if (*p == '(' || *p == '[' || *p == '{')
			depth++;
		else if (*p == ')' || *p == ']' || *p == '}')
			depth--;
		if (*p && (*p != ',' || depth))
			continue;
		while (*from == ' ')
			from++;
		if (!n--)
			break;
		if (!*p)
			return NULL;
		from = p + 1;
	}
	while (p > from && p[-1] == ' ')
		p--;
	return p > from ? intern_n(from, p - from) : NULL;
}
