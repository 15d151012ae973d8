// SPDX-License-Identifier: GPL-2.0
/*
 * igt_runner as the way to run a suite. It wants all programs in one folder with
 * a list of them, keeps what it does in a folder that igt_resume goes on with,
 * and igt_results makes one JSON file of it. The three programs lie together.
 */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"
#include "util.h"

static void write_list(const struct suite *s, const char *path)
{
	FILE *f = file_begin(path);

	for (size_t i = 0; i < s->n; i++) {
		char *subtests = xstrdup(s->v[i].subtests ?: ""), *next = subtests, *subtest;

		while ((subtest = strsep(&next, ",")))
			fprintf(f, "igt@%s%s%s\n", s->v[i].job.name, *subtest ? "@" : "", subtest);
		free(subtests);
	}
	file_commit(f, path);
}

static void gather_programs(const struct suite *s, const char *root)
{
	char *path = xasprintf("%s/test-list.txt", root);
	FILE *f;

	make_dirs(root);
	f = file_begin(path);
	fputs("TESTLIST\n", f);
	for (size_t i = 0; i < s->n; i++) {
		char *link = xasprintf("%s/%s", root, s->v[i].job.name);
		char *target = realpath(s->v[i].path, NULL);

		unlink(link);
		if (!target || symlink(target, link))
			die("cannot make the link %s: %s", link, strerror(errno));
		fprintf(f, "%s%s", i ? " " : "", s->v[i].job.name);
		free(target);
		free(link);
	}
	fputs("\nEND TESTLIST\n", f);
	file_commit(f, path);
	free(path);
}

/* Its wait status; what it prints goes where ours does. */
static int spawn(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		/* It has signals of its own to end in order. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execv(argv[0], argv);
		warn("cannot run %s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	return status;
}

static void take_test(struct suite *s, const char *name, const json_t *test)
{
	const char *result = json_string_value(json_object_get(test, "result")) ?: "?";
	const char *err = json_string_value(json_object_get(test, "err"));
	const char *out = json_string_value(json_object_get(test, "out"));
	const char *reason = igt_reason(err ?: "") ?: igt_reason(out ?: "");
	char *copy = xstrdup(name), *next = copy, *program;
	enum status status = STATUS_FAIL;
	char *why = NULL;

	strsep(&next, "@");
	program = strsep(&next, "@");
	if (!strcmp(result, "pass") || !strcmp(result, "warn"))
		status = STATUS_PASS;
	else if (!strcmp(result, "skip"))
		status = STATUS_SKIP;
	if (status != STATUS_PASS)
		why = xasprintf("%s: %.*s", result, reason ? (int)strcspn(reason, "\n") : 0,
				reason ?: "");
	for (size_t i = 0; i < s->n && strcmp(result, "notrun"); i++)
		if (program && !strcmp(s->v[i].job.name, program))
			result_add_test(&s->v[i].result, next ?: program, status, why);
	free(why);
	free(copy);
}

static void take_results(struct suite *s, const char *path)
{
	char *text = read_file(path, NULL);
	json_t *all, *test;
	json_error_t err;
	const char *name;

	if (!text)
		die("cannot read %s: %s", path, strerror(errno));
	/* Its UTF-8 is not clean: what a test prints of zero becomes 0xc0 0x80. */
	for (char *p = text; *p; p++)
		if (*p & 0x80)
			*p = '?';
	all = json_loads(text, 0, &err);
	if (!all)
		die("%s:%d: %s", path, err.line, err.text);
	free(text);
	json_object_foreach(json_object_get(all, "tests"), name, test)
		take_test(s, name, test);
	for (size_t i = 0; i < s->n; i++)
		result_sum_up(&s->v[i].result);
	json_decref(all);
}

bool runner_run(struct suite *s, const char *runner, const char *logs, unsigned int limit)
{
	char *copy = xstrdup(runner), *dir = dirname(copy);
	char *list = xasprintf("%s/tests.list", logs), *root = xasprintf("%s/programs", logs);
	char *results = xasprintf("%s/runner", logs);
	char *json = xasprintf("%s/results.json", results);
	char *resume = xasprintf("%s/igt_resume", dir), *gather = xasprintf("%s/igt_results", dir);
	char *timeout = xasprintf("--per-test-timeout=%u", limit);
	char *first[] = { (char *)runner, "--sync", "--multiple-mode", "--test-list", list,
			  timeout, root, results, NULL };
	char *again[] = { resume, results, NULL };
	char *sum[] = { gather, results, NULL };
	const bool begun = !access(results, F_OK);
	bool done;

	if (!begun) {
		gather_programs(s, root);
		write_list(s, list);
	}
	/* It fails when it could not go on to the end, not when a test fails. */
	done = !spawn(begun ? again : first);
	if (done && spawn(sum))
		die("%s makes no sum of %s", gather, results);
	if (done)
		take_results(s, json);
	free(timeout);
	free(gather);
	free(resume);
	free(json);
	free(results);
	free(root);
	free(list);
	free(copy);
	return done;
}
