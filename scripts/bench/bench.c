// SPDX-License-Identifier: GPL-2.0
/* Command line of bench: plans measurements, and says what came of them. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "folder.h"
#include "host.h"
#include "markdown.h"
#include "page.h"
#include "plan.h"
#include "plots.h"
#include "table.h"
#include "util.h"

/* Of compare; die() has 1. */
enum { EXIT_AS_GOOD, EXIT_WORSE = 2, EXIT_UNDECIDED };

static const char usage[] =
	"usage: bench begin --conf FILE --set NAME --seed NUMBER [--repeats NUMBER]\n"
	"                   [--configurations NAME,...] [--jobs NAME,...]\n"
	"                   [--info KEY=VALUE]... FOLDER\n"
	"       bench next FOLDER\n"
	"       bench table FOLDER\n"
	"       bench markdown FOLDER\n"
	"       bench report FOLDER\n"
	"       bench compare FOLDER-A FOLDER-B\n"
	"       bench host --device DISK --fio-job PROGRAM --seed NUMBER [--repeats NUMBER]\n"
	"                  [--states strict,lazy,passthrough,bounce] [--jobs NAME,...]\n"
	"                  [--write] FOLDER\n"
	"Exit status of compare: 0 nothing in B is worse than in A, 2 something is,\n"
	"3 nothing is, but of some figures it can't be said; 1: bad input.\n";

static uint64_t number(const char *option, const char *value)
{
	char *end;
	uint64_t n = strtoull(value, &end, 10);

	if (!*value || *end || *value == '-')
		die("--%s %s: a number expected", option, value);
	return n;
}

static int repeats(const char *value)
{
	uint64_t n = number("repeats", value);

	if (n < 1 || n > 99)
		die("--repeats %s: 1 to 99 expected", value);
	return n;
}

static int begin(int argc, char **argv)
{
	static const struct option known[] = {
		{ "conf", required_argument, NULL, 'c' },
		{ "set", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "repeats", required_argument, NULL, 'n' },
		{ "configurations", required_argument, NULL, 'C' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "info", required_argument, NULL, 'i' },
		{}
	};
	struct plan_options o = { .info = xcalloc(argc + 1, sizeof(*o.info)) };
	size_t n_info = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.conf = optarg;
			break;
		case 's':
			o.set = optarg;
			break;
		case 'r':
			o.seed = number("seed", optarg);
			break;
		case 'n':
			o.repeats = repeats(optarg);
			break;
		case 'C':
			o.configurations = optarg;
			break;
		case 'j':
			o.jobs = optarg;
			break;
		case 'i':
			if (!strchr(optarg, '='))
				die("--info %s: KEY=VALUE expected", optarg);
			o.info[n_info++] = optarg;
			break;
		default:
			return EXIT_FAILURE;
		}
	}
	if (!o.conf || !o.set || optind != argc - 1)
		die("begin needs --conf, --set and a folder; bench --help shows the usage");
	o.path = argv[optind];
	plan_begin(&o);
	free(o.info);
	return EXIT_SUCCESS;
}

static int next(int argc, char **argv)
{
	if (argc != 2)
		die("next needs a folder");
	plan_next(argv[1]);
	return EXIT_SUCCESS;
}

static int print(int argc, char **argv, void (*to)(const struct folder *f, FILE *to))
{
	struct folder f;

	if (argc != 2)
		die("%s needs a folder", argv[0]);
	folder_read(&f, argv[1]);
	to(&f, stdout);
	folder_free(&f);
	return EXIT_SUCCESS;
}

static int table(int argc, char **argv)
{
	return print(argc, argv, table_print);
}

static int markdown(int argc, char **argv)
{
	return print(argc, argv, markdown_print);
}

static int report(int argc, char **argv)
{
	struct plot *plots;
	struct folder f;

	if (argc != 2)
		die("report needs a folder");
	folder_read(&f, argv[1]);
	plots = plots_draw(&f);
	page_write(&f, plots);
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
	struct folder a, b;
	enum verdict v;

	if (argc != 3)
		die("compare needs two folders, the one before and the one after");
	folder_read(&a, argv[1]);
	folder_read(&b, argv[2]);
	v = compare(&a, &b);
	folder_free(&b);
	folder_free(&a);
	return status[v];
}

static int host(int argc, char **argv)
{
	static const struct option known[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "fio-job", required_argument, NULL, 'f' },
		{ "seed", required_argument, NULL, 'r' },
		{ "repeats", required_argument, NULL, 'n' },
		{ "states", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "write", no_argument, NULL, 'w' },
		{}
	};
	struct host_options o = { .repeats = REPEATS_MIN };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'd':
			o.device = optarg;
			break;
		case 'f':
			o.fio_job = optarg;
			break;
		case 'r':
			o.seed = number("seed", optarg);
			break;
		case 'n':
			o.repeats = repeats(optarg);
			break;
		case 's':
			o.states = optarg;
			break;
		case 'j':
			o.jobs = optarg;
			break;
		case 'w':
			o.write = true;
			break;
		default:
			return EXIT_FAILURE;
		}
	}
	if (!o.device || !o.fio_job || optind != argc - 1)
		die("a device (--device) and a folder for the results are needed; "
		    "bench --help shows the usage");
	o.path = argv[optind];
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
