// SPDX-License-Identifier: GPL-2.0
/*
 * Command line of igt-run: the same GPU tests on a real machine under several
 * kernel command lines, and what differs from the first one.
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "diff.h"
#include "host.h"
#include "junit.h"
#include "matrix.h"
#include "options.h"
#include "suite.h"
#include "tap.h"
#include "util.h"

enum { EXIT_GOOD, EXIT_BAD, EXIT_USAGE };

static const char usage[] =
	"usage: igt-run preflight|matrix|run|diff [OPTION]... [NAME=FILE...]\n"
	"  preflight  is this machine ready? driver, kernel options, IGT\n"
	"  matrix     the configurations, which of them are done, how to boot the next\n"
	"  run        run the tests under the configuration that is booted now\n"
	"  diff       set the results of all configurations, or of KTAP files that are\n"
	"             named, beside the first one's; fail when a test became worse\n"
	"options:\n"
	"  --driver NAME   the GPU's DRM driver (i915)\n"
	"  --tests DIR:... folders with IGT test programs (out/igt/bin)\n"
	"  --list FILE     what to run, as igt_runner's --test-list (all of the first folder)\n"
	"  --runner FILE   igt_runner (the one in PATH; none: each program by itself)\n"
	"  --limit SECONDS for a program, or for a subtest with igt_runner (600)\n"
	"  --out DIR       results (out/igt-run)\n"
	"  --conf FILE     configurations (scripts/igt-run/configurations.conf)\n"
	"  --all           show tests that do not differ, too\n"
	"Exit status: 0 good, 1 not good or bad input, 2 wrong use.\n";

struct options {
	const char *command, *driver, *tests, *list, *runner, *out, *conf;
	unsigned long limit;	/* s */
	bool all;
	char **files;
};

static void read_options(struct options *o, int argc, char **argv)
{
	const struct opt known[] = {
		{ "driver", .text = &o->driver },
		{ "tests", .text = &o->tests },
		{ "list", .text = &o->list },
		{ "runner", .text = &o->runner },
		{ "out", .text = &o->out },
		{ "conf", .text = &o->conf },
		{ "limit", .number = &o->limit, .least = 1, .most = 24 * 60 * 60 },
		{ "all", .flag = &o->all },
	};
	int rest = options_read(argc, argv, known, ARRAY_SIZE(known), usage);

	if (rest < 0)
		exit(EXIT_USAGE);
	o->command = argv[rest];
	o->files = argv + rest + !!o->command;
	if (*o->files && (!o->command || strcmp(o->command, "diff")))
		die("unexpected argument '%s'; --help shows the usage", *o->files);
}

/* The path of igt_runner, to be freed; NULL: there is none and none was named. */
static char *find_runner(const struct options *o)
{
	const char *path = getenv("PATH") ?: "";
	char *copy, *next, *dir, *found = NULL;

	if (o->runner) {
		if (access(o->runner, X_OK))
			die("cannot run igt_runner %s: %m", o->runner);
		return xstrdup(o->runner);
	}
	copy = xstrdup(path);
	next = copy;
	while (!found && (dir = strsep(&next, ":"))) {
		found = xasprintf("%s/igt_runner", dir);
		if (access(found, X_OK)) {
			free(found);
			found = NULL;
		}
	}
	free(copy);
	return found;
}

static bool say(bool good, const char *what, const char *detail)
{
	printf("%-5s %s: %s\n", good ? "ok" : "FAIL", what, detail);
	return good;
}

/* Whether a program starts: its library may be missing, or too old. */
static bool starts(const struct program *p)
{
	int status;

	/* Any character may be in a path. */
	setenv("IGT_PROGRAM", p->path, 1);
	status = system("\"$IGT_PROGRAM\" --list-subtests >/dev/null");
	return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 79);
}

static bool check_suite(const struct options *o)
{
	char *runner = find_runner(o), *text;
	struct suite suite;
	bool good = true;

	suite_read(&suite, o->list, o->tests);
	for (size_t i = 0; i < suite.n; i++)
		if (!starts(&suite.v[i]))
			good = say(false, "does not start", suite.v[i].path);
	text = xasprintf("%zu programs, run by %s", suite.n, runner ?: "igt-run itself");
	if (good)
		say(true, "IGT", text);
	free(text);
	free(runner);
	suite_free(&suite);
	return good;
}

static int preflight(const struct options *o, const struct conf *conf, const struct host *h)
{
	const struct conf_section *now = matrix_current(conf, h->cmdline);
	char *why;
	bool good = say(!geteuid(), "root", geteuid() ? "the tests need it" : "yes");

	good &= say(h->card, o->driver,
		    h->card ?: "no DRM device of this driver; --driver names another");
	good &= say(!access("/sys/kernel/debug/dri", F_OK), "debugfs", "/sys/kernel/debug/dri");
	if (!h->options)
		printf("%-5s kernel options: neither /proc/config.gz nor /boot/config-* is there\n",
		       "?");
	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		why = host_lacks(h, s);
		printf("%-5s [%s]: %s\n", why ? "no" : "ok", s->name,
		       why ?: conf_get(s, "describe", ""));
		free(why);
	}
	why = now && h->card ? host_contradicts(h, now) : NULL;
	if (why)
		good = say(false, "booted", why);
	else
		good &= say(now, "booted", now ? now->name : "no configuration of the matrix");
	free(why);
	good &= check_suite(o);
	return good ? EXIT_GOOD : EXIT_BAD;
}

static char *result_path(const struct options *o, const char *name, const char *ending)
{
	return xasprintf("%s/%s.%s", o->out, name, ending);
}

static bool is_done(const struct options *o, const struct conf_section *s)
{
	char *path = result_path(o, s->name, "ktap");
	bool done = !access(path, F_OK);

	free(path);
	return done;
}

/* Both ways end in the same command line. */
static void explain_boot(const struct conf *conf, const struct conf_section *s,
			 const struct host *h)
{
	char *cmdline = matrix_cmdline(conf, s, h->cmdline);
	struct utsname kernel;

	uname(&kernel);
	printf("\nNext: [%s]. Its kernel command line:\n  %s\n", s->name, cmdline);
	printf("By kexec, with the kernel that runs now:\n"
	       "  kexec -l /boot/vmlinuz-%s --initrd=/boot/initrd.img-%s --command-line='%s' &&\n"
	       "  systemctl kexec\n",
	       kernel.release, kernel.release, cmdline);
	puts("By reboot: put it into GRUB_CMDLINE_LINUX of /etc/default/grub (without BOOT_IMAGE=\n"
	     "and root=), run update-grub, reboot; or press 'e' in GRUB's menu. Then: igt-run run");
	free(cmdline);
}

static int matrix(const struct options *o, const struct conf *conf, const struct host *h)
{
	const struct conf_section *now = matrix_current(conf, h->cmdline), *next = NULL;

	for (const struct conf_section *s = conf->sections; s; s = s->next) {
		char *why = host_lacks(h, s);
		const bool done = is_done(o, s);

		printf("%-16s %-7s %s%s%s%s\n", s->name, done ? "done" : why ? "not here" : "to do",
		       conf_get(s, "describe", ""), why ? ": " : "", why ?: "",
		       s == now ? " (booted)" : "");
		if (!done && !why && (!next || s == now))
			next = s;
		free(why);
	}
	if (!next)
		puts("\nAll that can be booted here is done: igt-run diff");
	else if (next == now)
		printf("\nNext: [%s], which is booted: igt-run run\n", next->name);
	else
		explain_boot(conf, next, h);
	return EXIT_GOOD;
}

static void write_ktap(const char *path, const struct suite *s, const struct host *h)
{
	FILE *f = file_begin(path);
	struct utsname kernel;
	char date[32];
	time_t now = time(NULL);

	uname(&kernel);
	strftime(date, sizeof(date), "%FT%TZ", gmtime(&now));
	fprintf(f, "KTAP version 1\n1..%zu\n# %s, Linux %s %s, %s at %s\n# %s\n", s->n, date,
		kernel.release, kernel.version, h->driver, h->card, h->cmdline);
	for (size_t i = 0; i < s->n; i++) {
		tap_tests(f, &s->v[i].result);
		tap_line(f, "", i + 1, s->v[i].job.name, s->v[i].result.status,
			 s->v[i].result.why);
	}
	file_commit(f, path);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* A run that was interrupted goes on; one that is complete is done anew. */
static char *begin_logs(const struct options *o, const struct conf_section *s)
{
	char *logs = xasprintf("%s/%s", o->out, s->name);

	if (is_done(o, s)) {
		char *path = result_path(o, s->name, "ktap");

		if (unlink(path) || nftw(logs, drop, 16, FTW_DEPTH | FTW_PHYS))
			die("cannot remove the results of before, %s: %m", logs);
		free(path);
	}
	make_dirs(logs);
	return logs;
}

static int run(const struct options *o, const struct conf *conf, const struct host *h)
{
	const struct conf_section *now = matrix_current(conf, h->cmdline);
	char *runner = find_runner(o), *why, *logs, *path;
	struct suite suite;
	bool done;

	if (!h->card)
		die("no DRM device of the driver %s; --driver names another", o->driver);
	if (geteuid())
		die("the tests need root");
	if (!now)
		die("the kernel's command line is of no configuration: see igt-run matrix");
	why = host_contradicts(h, now);
	if (why)
		die("%s", why);
	suite_read(&suite, o->list, o->tests);
	printf("[%s]: %s\n", now->name, conf_get(now, "describe", ""));
	fflush(stdout);
	logs = begin_logs(o, now);
	done = runner ? runner_run(&suite, runner, logs, o->limit) :
			suite_run(&suite, logs, o->limit);
	if (!done)
		die("the run did not come to its end; igt-run run goes on where it was");

	path = result_path(o, now->name, "xml");
	junit_write(path, now->name, &suite);
	free(path);
	/* Last: where it is, the others are. */
	path = result_path(o, now->name, "ktap");
	write_ktap(path, &suite, h);
	printf("results: %s, as JUnit beside it; igt-run matrix says what is next\n", path);
	free(path);
	free(logs);
	free(runner);
	suite_free(&suite);
	return EXIT_GOOD;
}

static int diff(const struct options *o, const struct conf *conf)
{
	struct column *columns = NULL;
	size_t n = 0;
	bool good;

	for (char **file = o->files; *file; file++) {
		char *path = strchr(*file, '=');

		if (!path || path == *file)
			die("%s: NAME=FILE expected", *file);
		*path = '\0';
		diff_add(&columns, &n, *file, path + 1);
	}
	for (const struct conf_section *s = conf->sections; !*o->files && s; s = s->next) {
		char *path = result_path(o, s->name, "ktap");

		if (is_done(o, s))
			diff_add(&columns, &n, s->name, path);
		else if (s == conf->sections)
			die("no results of the baseline [%s] in %s: boot it and igt-run run",
			    s->name, o->out);
		free(path);
	}
	if (n < 2)
		die("there is nothing to compare the baseline with");
	good = diff_print(columns, n, o->all);
	diff_free(columns, n);
	return good ? EXIT_GOOD : EXIT_BAD;
}

int main(int argc, char **argv)
{
	struct options o = {
		.driver = "i915", .tests = "out/igt/bin", .out = "out/igt-run",
		.conf = "scripts/igt-run/configurations.conf", .limit = 600,
	};
	struct conf *conf;
	struct host host;
	int status;

	progname = "igt-run";
	read_options(&o, argc, argv);
	if (!o.command) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	conf = matrix_read(o.conf);
	host_find(&host, o.driver);
	if (!strcmp(o.command, "preflight"))
		status = preflight(&o, conf, &host);
	else if (!strcmp(o.command, "matrix"))
		status = matrix(&o, conf, &host);
	else if (!strcmp(o.command, "run"))
		status = run(&o, conf, &host);
	else if (!strcmp(o.command, "diff"))
		status = diff(&o, conf);
	else
		die("unknown command '%s'; there are preflight, matrix, run and diff", o.command);
	host_free(&host);
	conf_free(conf);
	return status;
}
