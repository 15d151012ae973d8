// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "matrix.h"
#include "util.h"

static const char *const keys[] = { "describe", "append", "group", "option", NULL };

struct conf *matrix_read(const char *path)
{
	static const char *const groups[] = { "any", "none", "DMA", "DMA-FQ", "identity" };
	struct conf *conf = conf_read(path, keys);

	if (!conf->sections)
		die("%s: no configuration", path);
	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		const char *group = conf_get(s, "group", "any");
		size_t i = 0;

		/* The name becomes part of a file name. */
		if (strchr(s->name, '/') || s->name[0] == '.')
			die("%s:%d: [%s]: a name without '/' and '.' in front expected", path,
			    s->line, s->name);
		while (i < ARRAY_SIZE(groups) && strcmp(groups[i], group))
			i++;
		if (i == ARRAY_SIZE(groups))
			die("%s:%d: [%s]: group = %s: none, DMA, DMA-FQ or identity expected",
			    path, s->line, s->name, group);
	}
	return conf;
}

/* Whether @word sets the parameter that @other sets. */
static bool same_parameter(const char *word, const char *other)
{
	size_t len = strcspn(other, "=");

	return strcspn(word, "=") == len && !strncmp(word, other, len);
}

/* The last word of @words that sets what @parameter sets: it is what counts. */
static const char *find(char **words, const char *parameter)
{
	const char *found = NULL;

	for (char **w = words; *w; w++)
		if (same_parameter(*w, parameter))
			found = *w;
	return found;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Whether any section names the parameter that @word sets. */
static bool is_managed(const struct conf *conf, const char *word)
{
	bool managed = false;

	for (const struct conf_section *s = conf->sections; s && !managed; s = s->next) {
		char **append = words_split(conf_get(s, "append", ""));

		managed = find(append, word);
		words_free(append);
	}
	return managed;
}

static bool is_current(const struct conf *conf, const struct conf_section *s, char **given)
{
	char **append = words_split(conf_get(s, "append", ""));
	bool current = true;

	for (char **w = append; *w; w++)
		current &= same(find(given, *w), *w);
	for (char **w = given; *w; w++)
		current &= !is_managed(conf, *w) || find(append, *w);
	words_free(append);
	return current;
}

const struct conf_section *matrix_current(const struct conf *conf, const char *cmdline)
{
	char **given = words_split(cmdline);
	const struct conf_section *s = conf->sections;

	while (s && !is_current(conf, s, given))
		s = s->next;
	words_free(given);
	return s;
}

char *matrix_cmdline(const struct conf *conf, const struct conf_section *s, const char *cmdline)
{
	char **given = words_split(cmdline), *changed = xstrdup(""), *longer;

	for (char **w = given; *w; w++) {
		if (is_managed(conf, *w))
			continue;
		longer = xasprintf("%s%s%s", changed, *changed ? " " : "", *w);
		free(changed);
		changed = longer;
	}
	longer = xasprintf("%s%s%s", changed, conf_get(s, "append", NULL) ? " " : "",
			   conf_get(s, "append", ""));
	free(changed);
	words_free(given);
	return longer;
}
