// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "expr.h"
#include "member.h"
#include "util.h"

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The body of "struct name {" in @text; NULL: it is not defined there. */
static const char *body_of(const char *text, const char *type)
{
	size_t len = strlen(type);

	for (const char *p = text; (p = strstr(p, type)); p += len) {
		const char *q = p + len;

		q += strspn(q, " \t\n");
		if (*q == '{' && (p == text || !word_char(p[-1])))
			return q + 1;
	}
	return NULL;
}

/* "struct drm_gem_object base;" in the body: the type before the member. */
static const char *type_in_body(const char *body, const char *member)
{
	size_t len = strlen(member);
	int depth = 1;

	for (const char *p = body; *p && depth; p++) {
		const char *from;

		depth += (*p == '{') - (*p == '}');
		if (p == body || word_char(p[-1]) || strncmp(p, member, len) ||
		    (p[len] != ';' && p[len] != '['))
			continue;
		from = p;
		while (from > body && *from != ';' && *from != '{' && *from != '/')
			from--;
		from += *from == ';' || *from == '{' || *from == '/';
		from += strspn(from, " \t\n");
		while (p > from && (isspace((unsigned char)p[-1]) || p[-1] == '*'))
			p--;
		return intern_n(from, p - from);
	}
	return NULL;
}

static const char *type_in_folder(const char *folder, const char *type, const char *member)
{
	char *pattern = xasprintf("%s/*.[hc]", folder);
	const char *found = NULL;
	glob_t files;

	if (!glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc && !found; i++) {
			char *text = read_file(files.gl_pathv[i], NULL);
			const char *body = text ? body_of(text, type) : NULL;

			if (body)
				found = type_in_body(body, member);
			free(text);
		}
		globfree(&files);
	}
	free(pattern);
	return found;
}

static const char *type_of_member(const char *root, const struct code_file *file, const char *type,
				  const char *member)
{
	char *folder = xasprintf("%s/%s", root, file->path);
	const char *found = NULL;

	for (int up = 0; up < 2 && !found; up++) {
		*strrchr(folder, '/') = '\0';
		if (strlen(folder) <= strlen(root))
			break;
		found = type_in_folder(folder, type, member);
	}
	free(folder);
	return found;
}

struct handle_key member_key(const char *root, const struct code_function *fn, const char *expr)
{
	struct expr_ref ref = expr_ref(expr);
	struct handle_key key = { NULL };
	const char *p = expr;

	if (!ref.variable || !ref.member)
		return key;
	key.member = ref.member;
	key.type = variable_type(fn, ref.variable);
	if (ref.depth == 1)
		return key;
	/* Along the chain, up to the structure that has the last member. */
	for (size_t i = 1; i < ref.depth && key.type; i++) {
		size_t len;

		while (strncmp(p, "-> ", 3) && strncmp(p, ". ", 2))
			p++;
		p += *p == '-' ? 3 : 2;
		len = strcspn(p, " ");
		key.type = strncmp(key.type, "struct ", 7) ? NULL :
			type_of_member(root, fn->file, key.type, intern_n(p, len));
	}
	return key;
}
