// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "util.h"

/* Of the kernel first, then of user space, then user space's own memory. */
static const char *const calls[] = {
	"vmap",		    "vmap_pfn",		   "vm_map_ram",
	"kmap",		    "kmap_local_page",	   "kmap_atomic",
	"vmf_insert_pfn",   "vmf_insert_pfn_prot", "vmf_insert_mixed",
	"vm_insert_page",   "vm_insert_pages",	   "vm_map_pages",
	"pin_user_pages",   "pin_user_pages_fast", "get_user_pages",
	"get_user_pages_fast", "hmm_range_fault",
};

/* What else there is to get at the content of pages that one has allocated. */
static const char *const page_calls[] = {
	"page_address",	       "lowmem_page_address", "page_to_virt",	   "folio_address",
	"kmap_local_folio",    "vm_map_pages_zero",   "remap_pfn_range",   "sg_virt",
	"sg_miter_start",      "sg_copy_from_buffer", "sg_copy_to_buffer", "skb_add_rx_frag",
	"skb_fill_page_desc",  "build_skb",	      "napi_build_skb",
};

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A line of a comment, in the kernel's style of comments. */
static bool in_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	at += strspn(at, " \t");
	return *at == '/' || (*at == '*' && !word_char(at[1]));
}

static bool calls_it(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)); p += len)
		if (p[len] == '(' && p > text && !word_char(p[-1]) && !in_comment(text, p))
			return true;
	return false;
}

static bool is_listed(const struct access *found, size_t n, const char *call)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].call == call)
			return true;
	return false;
}

size_t access_find(const char *root, const char *const *files, size_t n, struct access *found,
		   size_t room)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", root, files[i]);
		char *text = read_file(path, NULL);

		for (size_t k = 0; text && k < ARRAY_SIZE(calls) && have < room; k++)
			if (!is_listed(found, have, calls[k]) && calls_it(text, calls[k]))
				found[have++] = (struct access) {
					calls[k], strrchr(files[i], '/') + 1
				};
		free(text);
		free(path);
	}
	return have;
}

static bool calls_any(const char *text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (calls_it(text, names[i]))
			return true;
	return false;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if (!word_char(p[len]) && (p == text || !word_char(p[-1])))
			return true;
	return false;
}

/* With @name not NULL, only where that is known, too. */
static bool reaches_pages(const char *text, const char *name)
{
	return (!name || has_word(text, name)) &&
	       (calls_any(text, calls, ARRAY_SIZE(calls)) ||
		calls_any(text, page_calls, ARRAY_SIZE(page_calls)));
}

static bool file_reaches_pages(const char *path, const char *name)
{
	char *text = read_file(path, NULL);
	bool found = !text || reaches_pages(text, name);

	free(text);
	return found;
}

bool access_to_pages(const char *root, const char *file, const char *name)
{
	char *path = xasprintf("%s/%s", root, file), *pattern;
	bool found = file_reaches_pages(path, NULL);
	glob_t files;

	*strrchr(path, '/') = '\0';
	pattern = xasprintf("%s/*.c", path);
	if (!found && name && !glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc && !found; i++)
			found = file_reaches_pages(files.gl_pathv[i], name);
		globfree(&files);
	}
	free(pattern);
	free(path);
	return found;
}
