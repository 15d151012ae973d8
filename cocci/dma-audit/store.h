/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The facts in their SQLite file. A content is the bytes of a source file; what
 * is known about it hangs on its hash, so that two trees share what they have
 * in common. A path of a tree points to its content.
 *
 * Every function die()s with the database's own message when SQLite fails.
 */
#ifndef DMA_AUDIT_STORE_H
#define DMA_AUDIT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct store;

enum content_state {
	CONTENT_PENDING,	/* waits for spatch */
	CONTENT_PARSED,		/* its facts are there */
	CONTENT_FAILED,		/* spatch could not: the reason is there */
	CONTENT_IDLE,		/* does not use the DMA API: nothing to parse */
};

/* What stat() says of a file: when nothing of it changed, its content didn't. */
struct stamp {
	int64_t size;		/* bytes */
	int64_t mtime;		/* nanoseconds since the epoch */
};

/* Line and column count from 1; a, b and c depend on the kind (facts.h). */
struct fact {
	char kind;
	int line, column;
	const char *function, *a, *b, *c;
};

/*
 * Opens or makes the database @path. A file that is no usable database is set
 * aside as @path.broken, with a warning. @rules is the hash of all that decides
 * what the facts are: when it differs from the one in the database, all facts
 * are dropped.
 */
struct store *store_open(const char *path, const char *rules);
/* Takes the facts as they are, and changes nothing; die()s when there are none. */
struct store *store_open_reader(const char *path);
void store_close(struct store *s);

void store_begin(struct store *s);
void store_commit(struct store *s);

/* The number by which the tree at @root is known; 0: a reader finds none. */
int64_t store_tree(struct store *s, const char *root);

/* The content of @path when its stamp is unchanged, else 0. */
int64_t store_path_get(struct store *s, int64_t tree, const char *path, const struct stamp *stamp);
void store_path_set(struct store *s, int64_t tree, const char *path, const struct stamp *stamp,
		    int64_t content);
/* Drops the paths of @tree under @only ("" for all) that weren't seen since store_path_mark(). */
void store_path_mark(struct store *s, int64_t tree, const char *only);
void store_path_sweep(struct store *s, int64_t tree, const char *only);

/* The content with this hash; *is_new when it has just been made. */
int64_t store_content(struct store *s, const char *hash, bool *is_new);
void store_content_state(struct store *s, int64_t content, enum content_state state,
			 const char *reason);
void store_text(struct store *s, int64_t content, const struct text *text);
void store_fact(struct store *s, int64_t content, const struct fact *fact);
/*
 * Has the order of the calls in a content been checked by these rules? Setting it
 * forgets the facts of that kind, which come from rules of their own.
 */
void store_checked(struct store *s, int64_t content, const char *rules);

/* Failed contents become pending again. */
void store_retry(struct store *s);

struct source {
	int64_t content;
	const char *path;
	int64_t size;
	enum content_state state;
	const char *reason;
};

/*
 * Calls @each for every path of @tree under @only that names the DMA API, in the
 * order of the paths. Strings live until @each returns.
 */
void store_sources(struct store *s, int64_t tree, const char *only,
		   void (*each)(void *arg, const struct source *source), void *arg);
/* The same for contents that dma_map_single() and whose order is not checked by @rules. */
void store_unchecked(struct store *s, int64_t tree, const char *only, const char *rules,
		     void (*each)(void *arg, const struct source *source), void *arg);
void store_texts(struct store *s, int64_t content,
		 void (*each)(void *arg, const struct text_call *call), void *arg);
void store_facts(struct store *s, int64_t content,
		 void (*each)(void *arg, const struct fact *fact), void *arg);

#endif
