// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store.h"
#include "util.h"

/* Another program may hold the file for as long as one transaction takes. */
#define BUSY_MILLISECONDS 30000

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS meta (rules TEXT);"
	"CREATE TABLE IF NOT EXISTS tree (id INTEGER PRIMARY KEY, root TEXT UNIQUE);"
	"CREATE TABLE IF NOT EXISTS content (id INTEGER PRIMARY KEY, hash TEXT UNIQUE, state INT,"
	" reason TEXT);"
	"CREATE TABLE IF NOT EXISTS path (tree INT, path TEXT, size INT, mtime INT, content INT,"
	" seen INT, PRIMARY KEY (tree, path)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS named (content INT, line INT, api TEXT, function TEXT,"
	" context INT);"
	"CREATE INDEX IF NOT EXISTS named_content ON named (content);"
	"CREATE TABLE IF NOT EXISTS fact (content INT, kind INT, line INT, col INT, function TEXT,"
	" a TEXT, b TEXT, c TEXT);"
	"CREATE INDEX IF NOT EXISTS fact_content ON fact (content);"
	"CREATE TABLE IF NOT EXISTS checked (content INTEGER PRIMARY KEY, rules TEXT);";

enum statement {
	BEGIN, COMMIT, TREE_ADD, TREE_GET, PATH_GET, PATH_SET, PATH_MARK, PATH_SEEN, PATH_SWEEP,
	CONTENT_GET, CONTENT_ADD, CONTENT_STATE, TEXT_ADD, FACT_ADD, ORDER_DROP, CHECKED, RETRY,
	RETRY_ORDER, SOURCES, UNCHECKED, TEXTS, FACTS, STATEMENTS,
};

/* Paths under ?2: all of them when it is empty. */
#define UNDER "(?2 = '' OR path = ?2 OR substr(path, 1, length(?2) + 1) = ?2 || '/')"

/* FACT_ORDER and TEXT_CALL */
#define ORDER "87"
#define CALL "0"

static const char *const sql[] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[TREE_ADD] = "INSERT INTO tree (root) VALUES (?)",
	[TREE_GET] = "SELECT id FROM tree WHERE root = ?",
	[PATH_GET] =
		"SELECT content FROM path WHERE tree = ? AND path = ? AND size = ? AND mtime = ?",
	[PATH_SET] = "INSERT OR REPLACE INTO path VALUES (?, ?, ?, ?, ?, 1)",
	[PATH_MARK] = "UPDATE path SET seen = 0 WHERE tree = ?1 AND " UNDER,
	[PATH_SEEN] = "UPDATE path SET seen = 1 WHERE tree = ? AND path = ?",
	[PATH_SWEEP] = "DELETE FROM path WHERE tree = ?1 AND seen = 0 AND " UNDER,
	[CONTENT_GET] = "SELECT id FROM content WHERE hash = ?",
	[CONTENT_ADD] = "INSERT INTO content (hash, state) VALUES (?, 0)",
	[CONTENT_STATE] = "UPDATE content SET state = ?2, reason = ?3 WHERE id = ?1",
	[TEXT_ADD] = "INSERT INTO named VALUES (?, ?, ?, ?, ?)",
	[FACT_ADD] = "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[ORDER_DROP] = "DELETE FROM fact WHERE content = ? AND kind = " ORDER,
	[CHECKED] = "INSERT OR REPLACE INTO checked VALUES (?, ?)",
	[RETRY] = "UPDATE content SET state = 0, reason = NULL WHERE state = 2",
	[RETRY_ORDER] = "DELETE FROM checked WHERE content IN"
			" (SELECT content FROM fact WHERE kind = " ORDER
			" AND a = 'unchecked')",
	[SOURCES] = "SELECT content, path, size, state, reason FROM path JOIN content ON"
		    " content.id = path.content WHERE tree = ?1 AND " UNDER " ORDER BY path",
	[UNCHECKED] = "SELECT content, path, size, state, reason FROM path JOIN content ON"
		      " content.id = path.content WHERE tree = ?1 AND state = 1 AND " UNDER
		      " AND content IN (SELECT content FROM named WHERE context = " CALL
		      " AND api GLOB '*dma_map_single*')"
		      " AND content NOT IN (SELECT content FROM checked WHERE rules = ?3)"
		      " ORDER BY path",
	[TEXTS] = "SELECT line, api, function, context FROM named WHERE content = ? ORDER BY rowid",
	[FACTS] = "SELECT kind, line, col, function, a, b, c FROM fact WHERE content = ?"
		  " ORDER BY rowid",
};

struct store {
	sqlite3 *db;
	char *path;
	bool reader;
	struct sqlite3_stmt *statement[STATEMENTS];
};

/* Moves a damaged file away; returns its new name, or NULL with errno set. */
static char *move_aside(const struct store *s)
{
	char *aside = xasprintf("%s.broken", s->path);
	char *journal = xasprintf("%s-journal", s->path);
	bool moved = !rename(s->path, aside);

	/* It would be played back into the next database. */
	if (moved)
		unlink(journal);
	free(journal);
	return moved ? aside : NULL;
}

/* A damaged file is set aside, so that the next run does not meet it again. */
static void __attribute__((noreturn)) broken(struct store *s)
{
	int code = sqlite3_errcode(s->db);
	char *aside;

	if (s->reader && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR))
		die("%s is no usable database (%s): run dma-audit scan first", s->path,
		    sqlite3_errmsg(s->db));
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
		aside = move_aside(s);
		if (aside)
			die("%s is damaged (%s): kept as %s, run it again", s->path,
			    sqlite3_errmsg(s->db), aside);
	}
	die("%s: %s", s->path, sqlite3_errmsg(s->db));
}

static sqlite3_stmt *statement(struct store *s, enum statement which)
{
	sqlite3_stmt **st = &s->statement[which];

	if (*st)
		sqlite3_reset(*st);
	else if (sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL))
		broken(s);
	return *st;
}

static void number(sqlite3_stmt *st, int at, int64_t value)
{
	sqlite3_bind_int64(st, at, value);
}

static void string(sqlite3_stmt *st, int at, const char *value)
{
	sqlite3_bind_text(st, at, value, -1, SQLITE_STATIC);
}

/* True: a row is there. */
static bool step(struct store *s, sqlite3_stmt *st)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		sqlite3_reset(st);
		return false;
	default:
		broken(s);
	}
}

static int64_t step_number(struct store *s, sqlite3_stmt *st)
{
	int64_t value = 0;

	if (step(s, st)) {
		value = sqlite3_column_int64(st, 0);
		sqlite3_reset(st);
	}
	return value;
}

/* False: the file is no database, or one that can't be used. */
static bool try_open(struct store *s)
{
	bool ok;

	if (sqlite3_open(s->path, &s->db))
		return false;
	sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
	/* What a crash may cost is found again by the next scan. */
	ok = !sqlite3_exec(s->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL) &&
	     !sqlite3_exec(s->db, schema, NULL, NULL, NULL);
	for (int i = 0; ok && i < STATEMENTS; i++)
		ok = !sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					 &s->statement[i], NULL);
	return ok;
}

static void shut(struct store *s)
{
	for (int i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(s->statement[i]);
		s->statement[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
}

static void set_aside(struct store *s)
{
	char *why = xstrdup(sqlite3_errmsg(s->db)), *aside;
	int code = sqlite3_errcode(s->db);

	shut(s);
	if (code == SQLITE_BUSY || code == SQLITE_CANTOPEN || code == SQLITE_READONLY ||
	    code == SQLITE_FULL || code == SQLITE_IOERR)
		die("cannot use %s: %s", s->path, why);
	aside = move_aside(s);
	if (!aside)
		die("%s is no usable database (%s) and cannot be renamed: %s", s->path, why,
		    strerror(errno));
	warn("%s is no usable database (%s): kept as %s, starting a new one", s->path, why, aside);
	free(aside);
	free(why);
}

static void check_rules(struct store *s, const char *rules)
{
	char *forget = sqlite3_mprintf("DELETE FROM meta; DELETE FROM path; DELETE FROM content;"
				       "DELETE FROM named; DELETE FROM fact; DELETE FROM checked;"
				       "INSERT INTO meta VALUES (%Q)", rules);
	sqlite3_stmt *st;
	bool same = false;

	if (sqlite3_prepare_v2(s->db, "SELECT rules FROM meta", -1, &st, NULL))
		broken(s);
	if (step(s, st))
		same = !strcmp((const char *)sqlite3_column_text(st, 0), rules);
	sqlite3_finalize(st);
	if (!same && sqlite3_exec(s->db, forget, NULL, NULL, NULL))
		broken(s);
	sqlite3_free(forget);
}

struct store *store_open(const char *path, const char *rules)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	if (!try_open(s)) {
		set_aside(s);
		if (!try_open(s))
			broken(s);
	}
	check_rules(s, rules);
	return s;
}

struct store *store_open_reader(const char *path)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	s->reader = true;
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY, NULL))
		die("no facts in %s (%s): run dma-audit scan first", path, sqlite3_errmsg(s->db));
	sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
	return s;
}

void store_close(struct store *s)
{
	shut(s);
	free(s->path);
	free(s);
}

void store_begin(struct store *s)
{
	step(s, statement(s, BEGIN));
}

void store_commit(struct store *s)
{
	step(s, statement(s, COMMIT));
}

int64_t store_tree(struct store *s, const char *root)
{
	sqlite3_stmt *st = statement(s, TREE_GET);
	int64_t tree;

	string(st, 1, root);
	tree = step_number(s, st);
	if (tree || s->reader)
		return tree;
	st = statement(s, TREE_ADD);
	string(st, 1, root);
	step(s, st);
	return sqlite3_last_insert_rowid(s->db);
}

int64_t store_path_get(struct store *s, int64_t tree, const char *path, const struct stamp *stamp)
{
	sqlite3_stmt *st = statement(s, PATH_GET);
	int64_t content;

	number(st, 1, tree);
	string(st, 2, path);
	number(st, 3, stamp->size);
	number(st, 4, stamp->mtime);
	content = step_number(s, st);
	if (!content)
		return 0;
	st = statement(s, PATH_SEEN);
	number(st, 1, tree);
	string(st, 2, path);
	step(s, st);
	return content;
}

void store_path_set(struct store *s, int64_t tree, const char *path, const struct stamp *stamp,
		    int64_t content)
{
	sqlite3_stmt *st = statement(s, PATH_SET);

	number(st, 1, tree);
	string(st, 2, path);
	number(st, 3, stamp->size);
	number(st, 4, stamp->mtime);
	number(st, 5, content);
	step(s, st);
}

static void tree_only(struct store *s, enum statement which, int64_t tree, const char *only)
{
	sqlite3_stmt *st = statement(s, which);

	number(st, 1, tree);
	string(st, 2, only);
	step(s, st);
}

void store_path_mark(struct store *s, int64_t tree, const char *only)
{
	tree_only(s, PATH_MARK, tree, only);
}

void store_path_sweep(struct store *s, int64_t tree, const char *only)
{
	tree_only(s, PATH_SWEEP, tree, only);
}

int64_t store_content(struct store *s, const char *hash, bool *is_new)
{
	sqlite3_stmt *st = statement(s, CONTENT_GET);
	int64_t content;

	string(st, 1, hash);
	content = step_number(s, st);
	*is_new = !content;
	if (content)
		return content;
	st = statement(s, CONTENT_ADD);
	string(st, 1, hash);
	step(s, st);
	return sqlite3_last_insert_rowid(s->db);
}

void store_content_state(struct store *s, int64_t content, enum content_state state,
			 const char *reason)
{
	sqlite3_stmt *st = statement(s, CONTENT_STATE);

	number(st, 1, content);
	number(st, 2, state);
	string(st, 3, reason);
	step(s, st);
}

void store_text(struct store *s, int64_t content, const struct text *text)
{
	for (size_t i = 0; i < text->n; i++) {
		sqlite3_stmt *st = statement(s, TEXT_ADD);

		number(st, 1, content);
		number(st, 2, text->calls[i].line);
		string(st, 3, text->calls[i].api->name);
		string(st, 4, text->calls[i].function);
		number(st, 5, text->calls[i].context);
		step(s, st);
	}
}

void store_fact(struct store *s, int64_t content, const struct fact *fact)
{
	sqlite3_stmt *st = statement(s, FACT_ADD);

	number(st, 1, content);
	number(st, 2, fact->kind);
	number(st, 3, fact->line);
	number(st, 4, fact->column);
	string(st, 5, fact->function);
	string(st, 6, fact->a);
	string(st, 7, fact->b);
	string(st, 8, fact->c);
	step(s, st);
}

void store_checked(struct store *s, int64_t content, const char *rules)
{
	sqlite3_stmt *st = statement(s, ORDER_DROP);

	number(st, 1, content);
	step(s, st);
	st = statement(s, CHECKED);
	number(st, 1, content);
	string(st, 2, rules);
	step(s, st);
}

void store_retry(struct store *s)
{
	step(s, statement(s, RETRY));
	step(s, statement(s, RETRY_ORDER));
}

static const char *column(sqlite3_stmt *st, int at)
{
	return (const char *)sqlite3_column_text(st, at) ?: "";
}

static void each_source(struct store *s, sqlite3_stmt *st,
			void (*each)(void *arg, const struct source *source), void *arg)
{
	while (step(s, st)) {
		struct source source = {
			.content = sqlite3_column_int64(st, 0),
			.path = column(st, 1),
			.size = sqlite3_column_int64(st, 2),
			.state = sqlite3_column_int(st, 3),
			.reason = column(st, 4),
		};

		each(arg, &source);
	}
}

void store_sources(struct store *s, int64_t tree, const char *only,
		   void (*each)(void *arg, const struct source *source), void *arg)
{
	sqlite3_stmt *st = statement(s, SOURCES);

	number(st, 1, tree);
	string(st, 2, only);
	each_source(s, st, each, arg);
}

void store_unchecked(struct store *s, int64_t tree, const char *only, const char *rules,
		     void (*each)(void *arg, const struct source *source), void *arg)
{
	sqlite3_stmt *st = statement(s, UNCHECKED);

	number(st, 1, tree);
	string(st, 2, only);
	string(st, 3, rules);
	each_source(s, st, each, arg);
}

void store_texts(struct store *s, int64_t content,
		 void (*each)(void *arg, const struct text_call *call), void *arg)
{
	sqlite3_stmt *st = statement(s, TEXTS);

	number(st, 1, content);
	while (step(s, st)) {
		const char *api = column(st, 1);
		struct text_call call = {
			.line = sqlite3_column_int(st, 0),
			.api = api_find(api, strlen(api)),
			.function = (char *)column(st, 2),
			.context = sqlite3_column_int(st, 3),
		};

		each(arg, &call);
	}
}

void store_facts(struct store *s, int64_t content,
		 void (*each)(void *arg, const struct fact *fact), void *arg)
{
	sqlite3_stmt *st = statement(s, FACTS);

	number(st, 1, content);
	while (step(s, st)) {
		struct fact fact = {
			.kind = sqlite3_column_int(st, 0),
			.line = sqlite3_column_int(st, 1),
			.column = sqlite3_column_int(st, 2),
			.function = column(st, 3),
			.a = column(st, 4),
			.b = column(st, 5),
			.c = column(st, 6),
		};

		each(arg, &fact);
	}
}

