// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
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
	return *at == '*' || *at == '/';
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
