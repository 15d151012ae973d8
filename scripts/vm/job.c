// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "job.h"
#include "util.h"

/* What stands for the machine's disk in a command. */
#define DISK "%disk"

static const char *const keys[] = {
	"kind", "describe", "values", "command", "warm-up", "count", "limit", "append",
	"boot-limit", "must-pass", "must-fail", "attribute", NULL
};

static const char *const kinds[] = {
	[JOB_COMMAND] = "command",
	[JOB_KTAP] = "ktap",
	[JOB_IGT] = "igt",
	[JOB_FIO] = "fio",
};

const char *job_kind_name(enum job_kind kind)
{
	return kinds[kind];
}

int job_attribute(const char *name)
{
	static const char *const names[] = { "off", "on", "edu" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* -1 when it is no kind. */
static int kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i], name))
			return i;
	return -1;
}

static bool has_tests(enum job_kind kind)
{
	return kind == JOB_KTAP || kind == JOB_IGT;
}

static double seconds(const struct conf *conf, const struct conf_section *s, const char *key,
		      const char *fallback)
{
	const char *value = conf_get(s, key, fallback);
	char *end;
	double limit = strtod(value, &end);

	if (*end || !(limit > 0 && limit < 86400))
		die("%s: [%s]: %s = %s: seconds expected", conf->path, s->name, key, value);
	return limit;
}

struct conf *jobs_read(const char *path)
{
	struct conf *conf = conf_read(path, keys);

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		if (kind_find(conf_get(s, "kind", "")) < 0)
			die("%s:%d: [%s] needs a kind: command, ktap, igt or fio", path, s->line,
			    s->name);
		if (!*conf_get(s, "command", ""))
			die("%s:%d: [%s] needs a command", path, s->line, s->name);
		if (!has_tests(kind_find(conf_get(s, "kind", ""))) &&
		    (conf_get(s, "must-pass", NULL) || conf_get(s, "must-fail", NULL)))
			die("%s:%d: [%s]: must-pass and must-fail need a kind with tests: "
			    "ktap or igt", path, s->line, s->name);
		if (*conf_get(s, "count", "") && kind_find(conf_get(s, "kind", "")) != JOB_FIO)
			die("%s:%d: [%s]: a command that counts needs the kind fio", path, s->line,
			    s->name);
		if (job_attribute(conf_get(s, "attribute", "on")) < 0)
			die("%s:%d: [%s]: attribute = %s: on, off or edu expected", path, s->line,
			    s->name, conf_get(s, "attribute", ""));
		seconds(conf, s, "limit", "60");
		seconds(conf, s, "boot-limit", "120");
	}
	return conf;
}

static bool is_value(const struct conf_section *s, const char *value)
{
	char **words = words_split(conf_get(s, "values", value));
	bool found = false;

	for (char **w = words; *w; w++)
		found |= !strcmp(*w, value);
	words_free(words);
	return found;
}

/* What '*' stands for when @name is of this section; NULL when it is not. */
static const char *match(const struct conf_section *s, const char *name)
{
	size_t fixed = strcspn(s->name, "*");

	if (!s->name[fixed])
		return strcmp(s->name, name) ? NULL : "";
	/* The name becomes part of a file name. */
	if (strncmp(s->name, name, fixed) || !name[fixed] || strchr(name, '/') ||
	    !is_value(s, name + fixed))
		return NULL;
	return name + fixed;
}

/* @word with @by in place of the @what at @at; @word is freed. */
static char *replace(char *word, const char *at, const char *what, const char *by)
{
	char *filled = xasprintf("%.*s%s%s", (int)(at - word), word, by, at + strlen(what));

	free(word);
	return filled;
}

static char **fill(const char *command, const char *value, const char *disk)
{
	char **words = words_split(command), *at;

	for (char **w = words; *w; w++) {
		at = *value ? strchr(*w, '*') : NULL;
		if (at)
			*w = replace(*w, at, "*", value);
		while ((at = strstr(*w, DISK)))
			*w = replace(*w, at, DISK, disk);
	}
	return words;
}

static struct job *job_make(const struct conf *conf, const char *name, const char *disk)
{
	const struct conf_section *s;
	const char *value = NULL, *warm_up, *count;
	struct job *job;

	for (s = conf->sections; s; s = s->next) {
		value = match(s, name);
		if (value)
			break;
	}
	if (!s)
		return NULL;

	warm_up = conf_get(s, "warm-up", NULL);
	count = conf_get(s, "count", NULL);
	job = xcalloc(1, sizeof(*job));
	*job = (struct job){
		.name = xstrdup(name),
		.kind = kind_find(conf_get(s, "kind", "")),
		.command = fill(conf_get(s, "command", ""), value, disk),
		.warm_up = warm_up ? fill(warm_up, value, disk) : NULL,
		.count = count ? fill(count, value, disk) : NULL,
		.append = conf_get(s, "append", ""),
		.must_pass = words_split(conf_get(s, "must-pass", "")),
		.must_fail = words_split(conf_get(s, "must-fail", "")),
		.must_skip = words_split(""),
		.test = xstrdup(value),
		.attribute = conf_get(s, "attribute", NULL),
		.limit = seconds(conf, s, "limit", "60"),
		.boot_limit = seconds(conf, s, "boot-limit", "120"),
	};
	return job;
}

struct job *jobs_find(const struct conf *conf, const char *names, const char *disk,
		      char **unknown)
{
	char *copy = xstrdup(names), *next = copy, *name;
	struct job *jobs = NULL, **tail = &jobs;

	while ((name = strsep(&next, ","))) {
		*tail = job_make(conf, name, disk);
		if (!*tail) {
			*unknown = xstrdup(name);
			jobs_free(jobs);
			jobs = NULL;
			break;
		}
		tail = &(*tail)->next;
	}
	free(copy);
	return jobs;
}

/* Of two kernel parameters, "NAME=VALUE" each: is it one with two values? */
static bool differ(const char *a, const char *b)
{
	size_t name = strcspn(a, "=");

	return a[name] && !strncmp(a, b, name + 1) && strcmp(a, b);
}

static char *conflict(const struct job *a, const struct job *b)
{
	char **ours = words_split(a->append), **theirs = words_split(b->append);
	char *why = NULL;

	for (char **x = ours; *x && !why; x++)
		for (char **y = theirs; *y && !why; y++)
			if (differ(*x, *y))
				why = xasprintf("jobs '%s' and '%s' want %s and %s", a->name,
						b->name, *x, *y);
	words_free(ours);
	words_free(theirs);
	return why;
}

char *jobs_conflict(const struct job *jobs)
{
	char *why = NULL;

	for (const struct job *a = jobs; a && !why; a = a->next)
		for (const struct job *b = a->next; b && !why; b = b->next)
			why = conflict(a, b);
	return why;
}

void jobs_free(struct job *jobs)
{
	while (jobs) {
		struct job *next = jobs->next;

		words_free(jobs->command);
		words_free(jobs->must_pass);
		words_free(jobs->must_fail);
		words_free(jobs->must_skip);
		free(jobs->test);
		if (jobs->warm_up)
			words_free(jobs->warm_up);
		if (jobs->count)
			words_free(jobs->count);
		free(jobs->name);
		free(jobs);
		jobs = next;
	}
}

void jobs_list(const struct conf *conf, FILE *to, const char *between)
{
	const char *gap = "";

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		char **values = words_split(conf_get(s, "values", "NAME"));
		size_t fixed = strcspn(s->name, "*");

		for (char **v = values; *v; v++) {
			fprintf(to, "%s%.*s%s", gap, (int)fixed, s->name, s->name[fixed] ? *v : "");
			gap = between;
		}
		words_free(values);
	}
}
