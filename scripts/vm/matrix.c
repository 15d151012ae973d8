// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "job.h"
#include "matrix.h"
#include "util.h"

/* Words of a line before its cells: the test and how names of subtests begin. */
#define LEFT 2

struct matrix {
	char *path;
	char ***lines;		/* words of each line, the head first; ends with NULL */
	size_t n_lines;
};

static size_t count(char **words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static bool is_outcome(const char *s, size_t len)
{
	static const char *const outcomes[] = { "pass", "fail", "skip", "-" };

	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (strlen(outcomes[i]) == len && !strncmp(outcomes[i], s, len))
			return true;
	return false;
}

/* Outcome number @n of @cell and its length; the last one where it has not so many. */
static const char *outcome(const char *cell, int n, size_t *len)
{
	while (n-- && strchr(cell, '/'))
		cell = strchr(cell, '/') + 1;
	*len = strcspn(cell, "/");
	return cell;
}

/* Two outcomes, or three. */
static bool is_cell(const char *s)
{
	const char *found[4];
	size_t len[4];

	for (int i = 0; i < 4; i++)
		found[i] = outcome(s, i, &len[i]);
	return found[0] != found[1] && found[2] == found[3] && is_outcome(found[0], len[0]) &&
	       is_outcome(found[1], len[1]) && is_outcome(found[2], len[2]);
}

static void check_line(const struct matrix *m, int number, char **words)
{
	char **head = m->lines[0];

	if (count(words) != count(head))
		die("%s:%d: %zu words, the head has %zu", m->path, number, count(words),
		    count(head));
	for (char **w = words + LEFT; words != head && *w; w++)
		if (!is_cell(*w))
			die("%s:%d: '%s': two or three of pass, fail, skip and - expected",
			    m->path, number, *w);
}

struct matrix *matrix_read(const char *path)
{
	char *data = read_file(path, NULL), *next = data, *line;
	struct matrix *m = xcalloc(1, sizeof(*m));

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	m->path = xstrdup(path);
	for (int number = 1; (line = strsep(&next, "\n")); number++) {
		if (*line == '#' || !line[strspn(line, " \t")])
			continue;
		m->lines = xrealloc(m->lines, (m->n_lines + 1) * sizeof(*m->lines));
		m->lines[m->n_lines] = words_split(line);
		check_line(m, number, m->lines[m->n_lines++]);
	}
	if (!m->n_lines || count(m->lines[0]) <= LEFT)
		die("%s: no head with names of machines", path);
	free(data);
	return m;
}

void matrix_free(struct matrix *m)
{
	for (size_t i = 0; i < m->n_lines; i++)
		words_free(m->lines[i]);
	free(m->lines);
	free(m->path);
	free(m);
}

static void append(char ***words, const char *word)
{
	size_t n = count(*words);

	*words = xrealloc(*words, (n + 2) * sizeof(**words));
	(*words)[n] = xstrdup(word);
	(*words)[n + 1] = NULL;
}

static void demand(struct job *job, const char *prefix, const char *cell)
{
	size_t len;
	const char *must = outcome(cell, job_attribute(job->attribute), &len);

	if (!strncmp(must, "pass", len))
		append(&job->must_pass, prefix);
	else if (!strncmp(must, "fail", len))
		append(&job->must_fail, prefix);
	else if (!strncmp(must, "skip", len))
		append(&job->must_skip, prefix);
}

/* Its place in a line; 0: it has no column. */
static size_t column(const struct matrix *m, const char *machine)
{
	for (size_t i = LEFT; m->lines[0][i]; i++)
		if (!strcmp(m->lines[0][i], machine))
			return i;
	return 0;
}

void matrix_demand(const struct matrix *m, const char *machine, struct job *jobs)
{
	size_t at = column(m, machine);

	for (struct job *job = jobs; at && job; job = job->next) {
		if (!job->attribute)
			continue;
		for (size_t i = 1; i < m->n_lines; i++)
			if (!strcmp(m->lines[i][0], job->test))
				demand(job, m->lines[i][1], m->lines[i][at]);
		job->declared = true;
	}
}
