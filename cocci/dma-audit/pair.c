// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <string.h>

#include "pair.h"
#include "util.h"

static const struct {
	const char *begin, *end;
} pairs[] = {
	{ "alloc", "dealloc" },
	{ "alloc", "free" },
	{ "alloc", "put" },
	{ "alloc", "release" },
	{ "attach", "detach" },
	{ "bind", "unbind" },
	{ "build", "destroy" },
	{ "create", "destroy" },
	{ "create", "free" },
	{ "get", "put" },
	{ "get", "free" },
	{ "init", "cleanup" },
	{ "init", "deinit" },
	{ "init", "destroy" },
	{ "init", "exit" },
	{ "init", "fini" },
	{ "init", "free" },
	{ "init", "release" },
	{ "init", "uninit" },
	{ "load", "unload" },
	{ "map", "unmap" },
	{ "open", "close" },
	{ "pin", "unpin" },
	{ "populate", "depopulate" },
	{ "populate", "unpopulate" },
	{ "prep", "unprep" },
	{ "prepare", "cleanup" },
	{ "prepare", "finish" },
	{ "prepare", "unprepare" },
	{ "probe", "remove" },
	{ "reg", "dereg" },
	{ "register", "unregister" },
	{ "request", "release" },
	{ "setup", "cleanup" },
	{ "setup", "free" },
	{ "setup", "release" },
	{ "setup", "teardown" },
	{ "start", "stop" },
};

static bool ends_word(char c)
{
	return !islower((unsigned char)c);
}

/* Equal but for @a in the one and @b in the other, each a word of its name. */
static bool differ_in(const char *x, const char *y, const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	for (const char *p = x; (p = strstr(p, a)); p += la) {
		size_t head = p - x;

		if ((p == x || ends_word(p[-1])) && ends_word(p[la]) && !strncmp(x, y, head) &&
		    !strncmp(y + head, b, lb) && !strcmp(p + la, y + head + lb))
			return true;
	}
	return false;
}

bool names_pair(const char *begin, const char *end)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (differ_in(begin, end, pairs[i].begin, pairs[i].end))
			return true;
	return false;
}
