// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

/* Between two lines of progress where the output is no terminal. */
#define PROGRESS_LINE_SECONDS	10
#define PROGRESS_REDRAW_SECONDS	0.2

const char *progname = "iobounce";

static void message(const char *fmt, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", progname);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

static bool dying;

/* LeakSanitizer asks. What a program has not freed that gives up is no leak. */
int __lsan_is_turned_off(void)
{
	return dying;
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(fmt, args);
	va_end(args);
	dying = true;
	exit(1);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(fmt, args);
	va_end(args);
}

static void *must(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return must(calloc(n ?: 1, size ?: 1));
}

void *xrealloc(void *p, size_t size)
{
	return must(realloc(p, size ?: 1));
}

char *xstrdup(const char *s)
{
	return must(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	if (vasprintf(&s, fmt, args) < 0)
		s = NULL;
	va_end(args);
	return must(s);
}

int interrupts_open(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd: %s", strerror(errno));
	return fd;
}

double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

char *read_file(const char *path, size_t *len)
{
	size_t size = 0, room = 1 << 16, got;
	FILE *f = fopen(path, "re");
	char *data;
	int err;

	if (!f)
		return NULL;
	data = xcalloc(1, room);
	/* /proc and debugfs tell no size: read until the end. */
	while ((got = fread(data + size, 1, room - size - 1, f))) {
		size += got;
		if (size == room - 1)
			data = xrealloc(data, room *= 2);
	}
	err = ferror(f) ? errno ?: EIO : 0;
	fclose(f);
	if (err) {
		free(data);
		errno = err;
		return NULL;
	}
	data[size] = '\0';
	if (len)
		*len = size;
	return data;
}

/* The value of a variable of the environment that is set and not empty. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

char *cache_dir(void)
{
	const char *ours = environment("IOBOUNCE_CACHE");
	const char *user = environment("XDG_CACHE_HOME");
	const char *home = environment("HOME");

	if (ours)
		return xstrdup(ours);
	if (user)
		return xasprintf("%s/iobounce", user);
	if (home)
		return xasprintf("%s/.cache/iobounce", home);
	die("HOME is not set: set IOBOUNCE_CACHE to the folder for sources and objects");
}

void make_dirs(const char *path)
{
	char *copy = xstrdup(path), *p = copy;

	do {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			die("cannot make folder %s: %s", copy, strerror(errno));
		if (p)
			*p = '/';
	} while (p);
	free(copy);
}

/* The pid keeps two writers of one path apart. */
static char *temporary_name(const char *path)
{
	return xasprintf("%s.%d.tmp", path, (int)getpid());
}

FILE *file_begin(const char *path)
{
	char *tmp = temporary_name(path);
	FILE *f = fopen(tmp, "we");

	if (!f)
		die("cannot write %s: %s", tmp, strerror(errno));
	free(tmp);
	return f;
}

void file_commit(FILE *f, const char *path)
{
	char *tmp = temporary_name(path);
	int err = 0;

	/* A full disk shows in the flush, not in the writes before it. */
	if (fflush(f) || ferror(f))
		err = errno ?: EIO;
	if (fclose(f) && !err)
		err = errno;
	if (!err && rename(tmp, path))
		err = errno;
	if (err) {
		unlink(tmp);
		die("cannot write %s: %s", path, strerror(err));
	}
	free(tmp);
}

void progress_start(struct progress *p, const char *what, size_t total)
{
	p->what = what;
	p->total = total;
	p->started = now_seconds();
	p->shown = p->started;
	p->tty = isatty(STDERR_FILENO);
}

static void progress_line(const struct progress *p, size_t done)
{
	double spent = now_seconds() - p->started;

	fprintf(stderr, "%s%s: %zu", p->tty ? "\r" : "", p->what, done);
	if (p->total)
		fprintf(stderr, " of %zu (%zu %%)", p->total, done * 100 / p->total);
	if (done && spent > 0) {
		fprintf(stderr, ", %.1f/s", done / spent);
		if (p->total > done)
			fprintf(stderr, ", %.0f s left", (p->total - done) * spent / done);
	}
	fputs(p->tty ? "\033[K" : "\n", stderr);
}

void progress_show(struct progress *p, size_t done)
{
	double now = now_seconds();

	if (now - p->shown < (p->tty ? PROGRESS_REDRAW_SECONDS : PROGRESS_LINE_SECONDS))
		return;
	p->shown = now;
	progress_line(p, done);
}

void progress_end(struct progress *p, size_t done)
{
	progress_line(p, done);
	if (p->tty)
		fputc('\n', stderr);
}
