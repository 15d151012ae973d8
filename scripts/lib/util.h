/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every program of iobounce needs: one way to fail, to allocate, to read
 * and write files, to show progress.
 */
#ifndef IOBOUNCE_UTIL_H
#define IOBOUNCE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(a, b) __attribute__((format(printf, a, b)))

/* Set first thing in main(); every message starts with it. */
extern const char *progname;

/* One line to stderr, "progname: ...", then exit(1). */
void die(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));
/* The same without exit. */
void warn(const char *fmt, ...) __printf(1, 2);

/* Allocation that does not fail: they die() when memory is out. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __printf(1, 2);

/*
 * Blocks SIGINT, SIGTERM and SIGHUP and gives a signalfd(2) that one of them
 * makes readable, for who must end things in order first.
 */
int interrupts_open(void);

/* Seconds on the monotonic clock. */
double now_seconds(void);

/*
 * Whole file as a NUL-terminated string, to be freed; *len, if wanted, is its
 * size in bytes without the NUL. NULL with errno set when it can't be read.
 */
char *read_file(const char *path, size_t *len);

/*
 * The folder of what outlives a checkout, as scripts/common.sh has it:
 * IOBOUNCE_CACHE, else iobounce in XDG_CACHE_HOME, else in ~/.cache; an empty
 * variable counts as none. To be freed; dies when there is no HOME either.
 */
char *cache_dir(void);

/* mkdir -p; dies when it can't. */
void make_dirs(const char *path);

/*
 * A file that appears whole or not at all: write to the stream that
 * file_begin() gives, then file_commit() renames it to @path. Both die() on
 * any error, a full disk included, and leave nothing behind.
 */
FILE *file_begin(const char *path);
void file_commit(FILE *f, const char *path);

/*
 * A progress line: redrawn in place on a terminal, one line every 10 s
 * elsewhere. @total 0 when it isn't known.
 */
struct progress {
	const char *what;
	size_t total;
	double started, shown;
	bool tty;
};

void progress_start(struct progress *p, const char *what, size_t total);
void progress_show(struct progress *p, size_t done);
void progress_end(struct progress *p, size_t done);

#endif
