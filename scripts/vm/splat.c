// SPDX-License-Identifier: GPL-2.0
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "proto.h"
#include "splat.h"
#include "text.h"
#include "util.h"

/*
 * The line that opens a report, as the kernel prints it. KASAN, KCSAN, KFENCE,
 * soft lockups and sleeping in atomic context all begin with "BUG: ", DMA-API
 * errors and most of lockdep with "WARNING: ". A fault of an IOMMU means that a
 * device reached for what was not mapped for it.
 */
static const char *const signs[] = {
	"BUG: ",
	"kernel BUG at ",
	"WARNING: ",
	"Oops: ",
	"UBSAN: ",
	"general protection fault",
	"unable to handle kernel",
	"Unable to handle kernel",
	"INFO: task ",
	"rcu: INFO: ",
	"self-detected stall",
	"INFO: trying to register non-static key",
	"possible circular locking dependency detected",
	"possible recursive locking detected",
	"possible irq lock inversion dependency detected",
	"new suspected memory leaks",
	"DMA-API: debugging out of memory",
	"DMA-API: cacheline tracking ENOMEM",
	"kmemleak: Kernel memory leak detector disabled",
	"page allocation failure",
	"unchecked MSR access error",
	"Kernel panic - ",
	" fault from EP ",
	"DMAR: [DMA ",
	"AMD-Vi: Event logged [",
};

static const char *const allow_keys[] = { "match", "job", "suite", "reason", NULL };

struct conf *allow_read(const char *path)
{
	struct conf *conf = conf_read(path, allow_keys);

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		regex_t re;

		if (!*conf_get(s, "reason", ""))
			die("%s:%d: [%s] gives no reason", path, s->line, s->name);
		if (!*conf_get(s, "match", ""))
			die("%s:%d: [%s] matches nothing", path, s->line, s->name);
		if (regcomp(&re, conf_get(s, "match", ""), REG_EXTENDED | REG_NOSUB))
			die("%s:%d: [%s]: bad regular expression", path, s->line, s->name);
		regfree(&re);
	}
	return conf;
}

static bool matches(const char *pattern, const char *text)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	found = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return found;
}

static const char *reason_for(const struct conf *allow, const struct splat *splat)
{
	for (const struct conf_section *s = allow->sections; s; s = s->next)
		if (!strcmp(conf_get(s, "job", splat->job), splat->job) &&
		    !strcmp(conf_get(s, "suite", splat->suite), splat->suite) &&
		    matches(conf_get(s, "match", ""), splat->text))
			return conf_get(s, "reason", "");
	return NULL;
}

static bool is_splat(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(text, signs[i]))
			return true;
	/* SLUB's reports go on with the name of a cache. */
	return !strncmp(text, "BUG ", 4);
}

/* Behind "[   12.345678]" and, with CONFIG_PRINTK_CALLER, "[    T1]". */
static char *skip_stamps(char *line)
{
	while (*line == '[' && (line[1] == ' ' || (line[1] >= '0' && line[1] <= '9')) &&
	       strchr(line, ']')) {
		line = strchr(line, ']') + 1;
		line += *line == ' ';
	}
	return line;
}

/* Where in the run the console is. */
struct place {
	char *job, *suite;
};

static void move(char **where, const char *to)
{
	free(*where);
	*where = xstrdup(to);
}

static void follow(struct place *p, const char *text)
{
	const char *mark = strstr(text, VM_MARK " ");

	if (mark) {
		move(&p->job, mark + strlen(VM_MARK " "));
		return;
	}
	/* Suites run at boot; the job of that name only collects their results. */
	if (!strcmp(p->job, "boot") && !strcmp(text, "KTAP version 1"))
		move(&p->job, "kunit");
	if (strcmp(p->job, "kunit"))
		return;
	if (!strncmp(text, "    # Subtest: ", 15))
		move(&p->suite, text + 15);
	else if (!strncmp(text, "ok ", 3) || !strncmp(text, "not ok ", 7))
		move(&p->suite, "");
}

struct splats splats_find(const char *console, const struct conf *allow)
{
	char *copy = xstrdup(console), *next = copy, *line;
	struct place place = { xstrdup("boot"), xstrdup("") };
	struct splats found = {};

	for (int number = 1; (line = text_line(&next)); number++) {
		char *text = skip_stamps(line);
		struct splat *s;

		follow(&place, text);
		if (!is_splat(text))
			continue;
		found.v = xrealloc(found.v, (found.n + 1) * sizeof(*found.v));
		s = &found.v[found.n++];
		*s = (struct splat){
			.line = number,
			.text = xstrdup(text),
			.job = xstrdup(place.job),
			.suite = xstrdup(place.suite),
		};
		s->reason = reason_for(allow, s);
	}
	free(copy);
	free(place.job);
	free(place.suite);
	return found;
}

size_t splats_bad(const struct splats *s)
{
	size_t bad = 0;

	for (size_t i = 0; i < s->n; i++)
		bad += !s->v[i].reason;
	return bad;
}

void splats_free(struct splats *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].text);
		free(s->v[i].job);
		free(s->v[i].suite);
	}
	free(s->v);
}
