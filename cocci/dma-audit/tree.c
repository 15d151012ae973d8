// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "text.h"
#include "tree.h"
#include "util.h"

/* In the place of a content: the file has no name of the DMA API in it. */
#define NO_CONTENT (-1)

struct walk {
	struct store *store;
	int64_t tree;
	const char *root;
	int *unreadable;
};

void content_hash(const char *data, size_t len, char hex[33])
{
	/* Offset basis and prime: RFC 9923, FNV-1a for 128 bits. */
	unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;
	unsigned __int128 hash = ((unsigned __int128)0x6c62272e07bb0142 << 64) + 0x62b821756295c58d;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * prime;
	snprintf(hex, 33, "%016llx%016llx", (unsigned long long)(hash >> 64),
		 (unsigned long long)hash);
}

static int64_t content_of(struct walk *w, const char *data, size_t len)
{
	struct text text;
	int64_t content;
	bool is_new;
	char hex[33];

	if (!text_may_use_dma(data, len))
		return NO_CONTENT;
	content_hash(data, len, hex);
	content = store_content(w->store, hex, &is_new);
	if (is_new) {
		text_scan(data, len, &text);
		store_text(w->store, content, &text);
		if (!text.used)
			store_content_state(w->store, content, CONTENT_IDLE, NULL);
		text_free(&text);
	}
	return content;
}

static void visit(struct walk *w, const FTSENT *entry)
{
	const char *path = entry->fts_path + strlen(w->root) + 1;
	struct stamp stamp = {
		.size = entry->fts_statp->st_size,
		.mtime = entry->fts_statp->st_mtim.tv_sec * 1000000000LL +
			 entry->fts_statp->st_mtim.tv_nsec,
	};
	size_t len;
	char *data;

	if (store_path_get(w->store, w->tree, path, &stamp))
		return;
	data = read_file(entry->fts_path, &len);
	if (!data) {
		warn("cannot read %s: %s: its mappings are missing", entry->fts_path,
		     strerror(errno));
		++*w->unreadable;
		return;
	}
	store_path_set(w->store, w->tree, path, &stamp, content_of(w, data, len));
	free(data);
}

static bool is_source(const FTSENT *entry)
{
	const char *end = entry->fts_name + entry->fts_namelen;

	return entry->fts_info == FTS_F && entry->fts_namelen > 2 && end[-2] == '.' &&
	       (end[-1] == 'c' || end[-1] == 'h');
}

static void unreadable_folder(struct walk *w, const FTSENT *entry)
{
	warn("cannot read %s: %s: its mappings are missing", entry->fts_path,
	     strerror(entry->fts_errno));
	++*w->unreadable;
}

void tree_scan(struct store *s, int64_t tree, const char *root, const char *only,
	       const volatile bool *stop, int *unreadable)
{
	char *start = *only ? xasprintf("%s/%s", root, only) : xstrdup(root);
	char *const starts[] = { start, NULL };
	struct walk w = { s, tree, root, unreadable };
	struct progress progress;
	size_t files = 0;
	FTSENT *entry;
	FTS *fts;

	fts = fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		die("cannot read %s: %s", start, strerror(errno));
	progress_start(&progress, "source files", 0);
	store_begin(s);
	store_path_mark(s, tree, only);
	while (!*stop && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_D && entry->fts_level && entry->fts_name[0] == '.') {
			fts_set(fts, entry, FTS_SKIP);
		} else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
			unreadable_folder(&w, entry);
		} else if (is_source(entry)) {
			visit(&w, entry);
			progress_show(&progress, ++files);
		}
	}
	if (!*stop)
		store_path_sweep(s, tree, only);
	store_commit(s);
	progress_end(&progress, files);
	fts_close(fts);
	free(start);
}

/* The value of a line "NAME = value" of a Makefile; "" when there is none. */
static char *makefile_value(const char *makefile, const char *name)
{
	char *start = xasprintf("\n%s =", name);
	const char *at = strstr(makefile, start), *value = "";

	if (at) {
		value = at + strlen(start);
		value += strspn(value, " ");
	}
	free(start);
	return xasprintf("%.*s", (int)strcspn(value, " \n"), value);
}

char *tree_name(const char *root)
{
	static const char *const parts[] = { "VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION" };
	char *path = xasprintf("%s/Makefile", root), *makefile = read_file(path, NULL);
	char *value[ARRAY_SIZE(parts)], *name;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		value[i] = makefile_value(makefile ?: "", parts[i]);
	if (*value[0] && *value[1] && *value[2])
		name = xasprintf("Linux %s.%s.%s%s", value[0], value[1], value[2], value[3]);
	else
		name = xstrdup(strrchr(root, '/') + 1);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		free(value[i]);
	free(makefile);
	free(path);
	return name;
}
