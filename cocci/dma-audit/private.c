// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "access.h"
#include "expr.h"
#include "private.h"
#include "util.h"

/* Characters of a member's name that is no common word like "page". */
#define TELLING_LENGTH 6

static bool is_firmware_word(const char *word, void *arg)
{
	static const char *const firmware[] = { "firmware", "ucode", "microcode" };

	(void)arg;
	return word_is_listed(word, firmware, ARRAY_SIZE(firmware));
}

/* "fw" alone is a prefix of many meanings; with one of these it is firmware. */
static bool is_image_word(const char *word, void *arg)
{
	static const char *const image[] = { "image", "code", "load", "blob" };

	(void)arg;
	return word_is_listed(word, image, ARRAY_SIZE(image));
}

static bool is_fw_word(const char *word, void *arg)
{
	(void)arg;
	return !strcmp(word, "fw");
}

static bool is_firmware_function(const char *name)
{
	return name_words(name, is_firmware_word, NULL) ||
	       (name_words(name, is_fw_word, NULL) && name_words(name, is_image_word, NULL));
}

static bool is_idle_word(const char *word, void *arg)
{
	static const char *const idle[] = {
		"zero", "dummy", "scratch", "trash", "drop", "overrun", "discard", "blank",
		"blanking", "pad", "garbage", "silence", "flush", "overflow", "ovf",
	};

	if (is_firmware_word(word, arg))
		return true;
	return word_is_listed(word, idle, ARRAY_SIZE(idle));
}

/* The function allocates memory that the kernel cannot even address. */
static bool is_hidden(const struct code_function *fn)
{
	bool hidden = false, allocated = false;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];

		if (f->kind == FACT_CALL && !strcmp(f->a, "dma_alloc_attrs"))
			allocated = true;
		if ((f->kind == FACT_CALL && !f->api) || f->kind == FACT_ASSIGN)
			hidden |= expr_has_word(f->b, "DMA_ATTR_NO_KERNEL_MAPPING");
	}
	return hidden && allocated;
}

static bool is_page_allocation(const char *value)
{
	static const char *const prefixes[] = {
		"alloc_page", "dev_alloc_page", "__dev_alloc_page", "folio_alloc",
	};
	const char *name, *arguments;

	if (!expr_call(value, &name, &arguments))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Is @page what the call maps, or part of the list that it maps? */
static bool is_mapped(const struct code_fact *map, const char *page)
{
	const struct code_function *fn = map->function;
	const char *buffer = code_argument(map->b, map->api->buffer) ?: "";

	if (!strcmp(buffer, page))
		return true;
	for (size_t i = 0; i < fn->n; i++)
		if (fn->facts[i].kind == FACT_CALL && !strncmp(fn->facts[i].a, "sg_set_", 7) &&
		    expr_has_word(fn->facts[i].b, page))
			return true;
	return false;
}

/* The last name on the way to a member that tells which one it is. */
static const char *telling_name(const char *place)
{
	const char *telling = NULL;

	for (const char *p = place; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (p != place && len >= TELLING_LENGTH)
			telling = intern_n(p, len);
		p += len;
	}
	return telling;
}

/* Where the function keeps @page. */
static const char *place_of(const struct code_function *fn, const char *page)
{
	for (size_t i = 0; i < fn->n; i++)
		if (fn->facts[i].kind == FACT_ASSIGN && fn->facts[i].b == page)
			return fn->facts[i].a;
	return page;
}

/* Pages that the function allocates, and nobody who knows them gets at their content. */
static bool is_unread(const char *root, const struct evidence *e)
{
	const struct code_function *fn = e->function;

	for (size_t i = 0; i < fn->n; i++) {
		const struct code_fact *f = &fn->facts[i];
		const char *page = f->kind == FACT_ASSIGN && is_page_allocation(f->b) ? f->a :
				   f->kind == FACT_DECLARE && is_page_allocation(f->c) ? f->b :
				   NULL;

		if (page && is_mapped(e->site->call, page))
			return !access_to_pages(root, e->site->file->path,
						telling_name(place_of(fn, page)));
	}
	return false;
}

static bool has_idle_name(const struct evidence *e)
{
	const char *buffer = code_argument(e->site->call->b, e->site->api->buffer) ?: "";

	if (name_words(buffer, is_idle_word, NULL) || is_firmware_function(e->function->name))
		return true;
	for (size_t i = 0; i < e->handle.n; i++)
		if (!name_words(e->handle.keys[i].member, is_idle_word, NULL))
			return false;
	return e->handle.n;
}

bool is_private(const char *root, const struct evidence *e)
{
	return has_idle_name(e) || is_hidden(e->function) || is_unread(root, e);
}
