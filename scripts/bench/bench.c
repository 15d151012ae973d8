// SPDX-License-Identifier: GPL-2.0
/* Command line of bench: plans measurements, and says what came of them. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "decided.h"
#include "folder.h"
#include "host.h"
#include "markdown.h"
#include "options.h"
#include "page.h"
#include "plan.h"
#include "plots.h"
#include "table.h"
#include "util.h"

/* Of compare, and of undecided; die() has 1. */
enum { EXIT_AS_GOOD, EXIT_WORSE = 2, EXIT_UNDECIDED };
enum { EXIT_DECIDED, EXIT_TOO_MANY = 2, EXIT_INCOMPLETE };

static const char usage[] =
	"usage: bench begin --conf FILE --set NAME --seed NUMBER [--repeats NUMBER]\n"
	"                   [--configurations NAME,...] [--jobs NAME,...]\n"
	"                   [--info KEY=VALUE]... FOLDER\n"
	"       bench next FOLDER\n"
	"       bench undecided FOLDER\n"
	"       bench table FOLDER\n"
	"       bench markdown FOLDER\n"
	"       bench report FOLDER [PICTURE.svg...]\n"
	"       bench compare [--least PERCENT] FOLDER-A FOLDER-B\n"
	"       bench host --device DISK --fio-job PROGRAM --seed NUMBER [--repeats NUMBER]\n"
	"                  [--states strict,lazy,passthrough,bounce,auto] [--jobs NAME,...]\n"
	"                  [--fio-seconds NUMBER] [--write] FOLDER\n"
	"Exit status of compare: 0 nothing in B is worse than in A, 2 something is,\n"
	"3 nothing is, but of some figures it can't be said; 1: bad input.\n"
	"Exit status of undecided: 0 at most one cell in ten is, 2 more are, 3 not all that\n"
	"was planned has been run; 1: bad input.\n";

#define REPEATS_MOST 99

static int begin(int argc, char **argv)
{
	struct plan_options o = { .info = xcalloc(argc + 1, sizeof(*o.info)) };
	unsigned long repeats = 0;
	const struct opt known[] = {
		{ "conf", .text = &o.conf },
		{ "set", .text = &o.set },
		{ "seed", .number = &o.seed, .most = LONG_MAX },
		{ "repeats", .number = &repeats, .least = 1, .most = REPEATS_MOST },
		{ "configurations", .text = &o.configurations },
		{ "jobs", .text = &o.jobs },
		{ "info", .pairs = o.info },
	};
	int rest = options_read(argc, argv, known, ARRAY_SIZE(known), usage);

	if (rest < 0)
		return EXIT_FAILURE;
	if (!o.conf || !o.set || rest != argc - 1)
		die("begin needs --conf, --set and a folder; bench --help shows the usage");
	o.path = argv[rest];
	o.repeats = repeats;
	plan_begin(&o);
	free(o.info);
	return EXIT_SUCCESS;
}

static int next(int argc, char **argv)
{
	struct folder f;

	if (argc != 2)
		die("next needs a folder");
	folder_read(&f, argv[1]);
	plan_next(&f, stdout);
	folder_free(&f);
	return EXIT_SUCCESS;
}

static int undecided(int argc, char **argv)
{
	int status = EXIT_DECIDED;
	json_t *lines, *line;
	struct folder f;
	struct decided d;
	char *text;
	size_t i;

	if (argc != 2)
		die("undecided needs a folder");
	folder_read(&f, argv[1]);
	decided_count(&d, &f);
	lines = decided_lines(&d);
	json_array_foreach(lines, i, line)
		puts(json_string_value(line));
	json_decref(lines);
	text = decided_text(&d);
	puts(text);
	if (!decided_enough(&d))
		status = EXIT_TOO_MANY;
	if (plan_next(&f, NULL)) {
		puts("not all that was planned has been run");
		status = EXIT_INCOMPLETE;
	}
	free(text);
	decided_free(&d);
	folder_free(&f);
	return status;
}

static int table(int argc, char **argv)
{
	struct folder f;

	if (argc != 2)
		die("table needs a folder");
	folder_read(&f, argv[1]);
	table_print(&f, stdout);
	folder_free(&f);
	return EXIT_SUCCESS;
}

static int markdown(int argc, char **argv)
{
	struct plot *plots;
	struct folder f;

	if (argc != 2)
		die("markdown needs a folder");
	folder_read(&f, argv[1]);
	plots = plots_draw(&f);
	markdown_print(&f, plots, stdout);
	free(plots);
	folder_free(&f);
	return EXIT_SUCCESS;
}

static int report(int argc, char **argv)
{
	struct plot *plots;
	struct folder f;

	if (argc < 2)
		die("report needs a folder");
	folder_read(&f, argv[1]);
	plots = plots_draw(&f);
	page_write(&f, plots, argv + 2);
	free(plots);
	folder_free(&f);
	return EXIT_SUCCESS;
}

static int compare_two(int argc, char **argv)
{
	static const int status[] = {
		[VERDICT_SAME] = EXIT_AS_GOOD,
		[VERDICT_BETTER] = EXIT_AS_GOOD,
		[VERDICT_UNDECIDED] = EXIT_UNDECIDED,
		[VERDICT_WORSE] = EXIT_WORSE,
	};
	unsigned long least = 1;
	const struct opt known[] = { { "least", .number = &least, .most = 100 } };
	int rest = options_read(argc, argv, known, ARRAY_SIZE(known), usage);
	struct folder a, b;
	enum verdict v;

	if (rest < 0)
		return EXIT_FAILURE;
	if (rest != argc - 2)
		die("compare needs two folders, the one before and the one after");
	folder_read(&a, argv[rest]);
	folder_read(&b, argv[rest + 1]);
	v = compare(&a, &b, least / 100.0);
	folder_free(&b);
	folder_free(&a);
	return status[v];
}

static int host(int argc, char **argv)
{
	unsigned long repeats = REPEATS_MIN, fio_seconds = 12;
	struct host_options o = { };
	const struct opt known[] = {
		{ "device", .text = &o.device },
		{ "fio-job", .text = &o.fio_job },
		{ "seed", .number = &o.seed, .most = LONG_MAX },
		{ "repeats", .number = &repeats, .least = 1, .most = REPEATS_MOST },
		{ "fio-seconds", .number = &fio_seconds, .least = 1, .most = 3600 },
		{ "states", .text = &o.states },
		{ "jobs", .text = &o.jobs },
		{ "write", .flag = &o.write },
	};
	int rest = options_read(argc, argv, known, ARRAY_SIZE(known), usage);

	if (rest < 0)
		return EXIT_FAILURE;
	if (!o.device || !o.fio_job || rest != argc - 1)
		die("a device (--device) and a folder for the results are needed; "
		    "bench --help shows the usage");
	o.path = argv[rest];
	o.repeats = repeats;
	o.fio_seconds = fio_seconds;
	return host_measure(&o) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "begin", begin },
		{ "next", next },
		{ "undecided", undecided },
		{ "table", table },
		{ "markdown", markdown },
		{ "report", report },
		{ "compare", compare_two },
		{ "host", host },
	};

	progname = "bench";
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	die("no such command; bench --help shows the usage");
}
