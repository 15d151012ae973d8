// SPDX-License-Identifier: GPL-2.0
/* Reads fio's JSON output (fio(1), --output-format=json; version 3). */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "util.h"

static void add_direction(struct fio *fio, const json_t *job, const char *direction)
{
	const json_t *d = json_object_get(job, direction);

	fio->ios += json_integer_value(json_object_get(d, "total_ios"));
	fio->bytes += json_integer_value(json_object_get(d, "io_bytes"));
	fio->iops += json_number_value(json_object_get(d, "iops"));
	fio->bytes_per_second += json_integer_value(json_object_get(d, "bw_bytes"));
}

/* fio prints its complaints before the JSON; the first, to be freed. */
static char *complaint(const struct text *output, size_t before)
{
	char *copy = xasprintf("%.*s", (int)before, output->s), *next = copy, *line, *found = NULL;

	while (!found && (line = text_line(&next)))
		if (strstr(line, "verify") || strstr(line, "error") || strstr(line, "fio:"))
			found = xstrdup(line);
	free(copy);
	return found;
}

static void judge(struct result *r, int exit_code, size_t before)
{
	const char *error = r->fio.error == EILSEQ ? "wrong data" : strerror(r->fio.error);
	char *said = complaint(&r->output, before);

	if (r->fio.error)
		result_set(r, STATUS_FAIL,
			   xasprintf("%s: %s", error, said ?: "fio gives no detail"));
	else if (exit_code)
		result_set(r, STATUS_FAIL, xasprintf("exit status %d: %s", exit_code, said ?: ""));
	else if (!r->fio.ios)
		result_set(r, STATUS_FAIL, xstrdup("not a single I/O was done"));
	else
		result_set(r, STATUS_PASS, NULL);
	free(said);
}

void fio_parse(struct result *r, int exit_code)
{
	const char *start = r->output.len ? strstr(r->output.s, "{\n") : NULL;
	json_t *root = start ? json_loads(start, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	const json_t *jobs = json_object_get(root, "jobs"), *job;
	size_t i;

	if (!json_array_size(jobs)) {
		result_set(r, exit_code ? STATUS_FAIL : STATUS_ERROR,
			   xasprintf("exit status %d and no JSON: %.*s", exit_code,
				     r->output.len ? (int)strcspn(r->output.s, "\n") : 0,
				     r->output.len ? r->output.s : ""));
		json_decref(root);
		return;
	}
	json_array_foreach(jobs, i, job) {
		add_direction(&r->fio, job, "read");
		add_direction(&r->fio, job, "write");
		if (!r->fio.error)
			r->fio.error = json_integer_value(json_object_get(job, "error"));
	}
	json_decref(root);
	judge(r, exit_code, start - r->output.s);
}
