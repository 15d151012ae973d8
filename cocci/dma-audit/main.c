// SPDX-License-Identifier: GPL-2.0
/*
 * dma-audit: which streaming DMA mappings of a kernel tree live long and are
 * used by CPU and device without dma_sync_*() in between?
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "convert.h"
#include "diff.h"
#include "findings.h"
#include "judge.h"
#include "options.h"
#include "order.h"
#include "page.h"
#include "report.h"
#include "sarif.h"
#include "scan.h"
#include "util.h"

#define DEFAULT_SECONDS 60

/* Of diff, when something differs: 1 and 2 say that it went wrong. */
#define EXIT_DIFFERS 3

static const char usage[] =
	"usage: dma-audit scan --tree DIR [options]     gather the facts about a kernel tree\n"
	"       dma-audit judge --tree DIR [options]    print the verdict on each mapping\n"
	"       dma-audit report --tree DIR [options]   the same as JSON Lines, SARIF and an HTML\n"
	"                                               page, and a table of the verdicts\n"
	"       dma-audit explain --tree DIR [options] FILE:LINE\n"
	"                                               show the evidence for one of them\n"
	"       dma-audit diff [options] BEFORE AFTER   what changed between two scanned trees, or\n"
	"                                               files sites.jsonl; exits 3 if something did\n"
	"       dma-audit compare --tree DIR [options] DUMP DUMP\n"
	"                                               set them beside the mappings of a\n"
	"                                               running kernel\n"
	"       dma-audit convert --tree DIR [options] [PATH...]\n"
	"                                               make patches of the findings there\n"
	"\n"
	"  --tree DIR     the kernel tree\n"
	"  --only PATH    only this folder or file of it, like drivers/gpu\n"
	"  --db FILE      the facts (default: audit/facts.db in $IOBOUNCE_CACHE or\n"
	"                 ~/.cache/iobounce)\n"
	"scan:\n"
	"  --jobs N       processes at a time (default: one for each processor)\n"
	"  --timeout S    seconds of processor time that one file may take (default: 60)\n"
	"  --retry        try again what could not be parsed\n"
	"  --spatch PROG  the program to run (default: spatch)\n"
	"  --facts DIR    the fact rules (default: cocci/facts beside the program)\n"
	"  --order FILE   the rules for the order of calls (default: cocci/mapping_order.cocci)\n"
	"report:\n"
	"  --out DIR      where sites.jsonl, unparsed.jsonl, missed.jsonl, order.jsonl,\n"
	"                 report.sarif and report.html go (default: out/audit)\n"
	"diff:\n"
	"  --json         JSON Lines instead of text\n"
	"compare:\n"
	"  DUMP           dma-debug's dump, as in /sys/kernel/debug/dma-api/dump; or one\n"
	"                 file that scripts/vm/dma-live has printed, with both\n"
	"  --older-than N seconds that a mapping must have lived\n"
	"  --out DIR      where live.jsonl goes (default: out/audit)\n"
	"convert:\n"
	"  --like MAIL    a patch with the author and the date that the mails are to have\n"
	"  --except FILE  what to leave out, with reasons (cocci/dma-audit/except.h)\n"
	"  --out DIR      where the mails and left-out.txt go (default: out/convert)\n";

struct options {
	struct scan_options scan;
	const char *out;
	bool json;
	const char *like, *except;
	int older_than;		/* s */
	char **operands;	/* FILE:LINE; dumps; paths; or before and after */
	int n_operands;
};

static void __attribute__((noreturn)) bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

/* Without the slashes at the end. */
static char *cut_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	return xasprintf("%.*s", (int)len, path);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	unsigned long jobs = o->scan.jobs, seconds = o->scan.seconds, older_than = 0;
	const char *only = NULL;
	const struct opt known[] = {
		{ "tree", .text = &o->scan.tree },
		{ "only", .text = &only },
		{ "db", .text = &o->scan.db },
		{ "jobs", .number = &jobs, .least = 1, .most = INT_MAX },
		{ "timeout", .number = &seconds, .least = 1, .most = INT_MAX },
		{ "retry", .flag = &o->scan.retry },
		{ "spatch", .text = &o->scan.spatch },
		{ "facts", .text = &o->scan.facts },
		{ "order", .text = &o->scan.order },
		{ "out", .text = &o->out },
		{ "like", .text = &o->like },
		{ "except", .text = &o->except },
		{ "older-than", .number = &older_than, .least = 1, .most = INT_MAX },
		{ "json", .flag = &o->json },
	};
	int first = options_read(argc, argv, known, ARRAY_SIZE(known), usage);

	if (first < 0)
		bad_usage();
	o->scan.jobs = jobs;
	o->scan.seconds = seconds;
	o->older_than = older_than;
	if (only)
		o->scan.only = cut_slashes(only);
	o->operands = argv + first;
	o->n_operands = argc - first;
}

/* The real path of the tree; one clear line when it is none. */
static char *kernel_tree(const char *dir)
{
	char *root = realpath(dir, NULL), *header;

	if (!root)
		die("cannot read the kernel tree %s: %s", dir, strerror(errno));
	header = xasprintf("%s/include/linux/dma-mapping.h", root);
	if (access(header, R_OK))
		die("%s is no kernel tree: it has no include/linux/dma-mapping.h", root);
	free(header);
	return root;
}

static void must_be_inside(const char *root, const char *only)
{
	char *path = xasprintf("%s/%s", root, only);

	if (only[0] == '/' || strstr(only, "..") || access(path, F_OK))
		die("there is no %s in %s", only, root);
	free(path);
}

/* What is in the folder cocci: the program is out/bin/dma-audit in a checkout. */
static char *rules_path(const char *name)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		die("cannot find the program's own folder: name the rules with --facts");
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	return xasprintf("%s/../../cocci/%s", self, name);
}

static void make_parent(const char *path)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');

	if (slash && slash != dir) {
		*slash = '\0';
		make_dirs(dir);
	}
	free(dir);
}

static bool code_is_asked(const struct code *code)
{
	for (size_t i = 0; i < code->n; i++)
		if (code->files[i].asked)
			return true;
	return false;
}

static int scan_tree(const struct options *o)
{
	make_parent(o->scan.db);
	return scan(&o->scan);
}

static struct sites *judged_sites(const struct options *o, const char *tree, struct code **code)
{
	struct store *store;
	struct sites *sites;

	store = store_open_reader(o->scan.db);
	*code = code_load(store, store_tree(store, tree), o->scan.only);
	store_close(store);
	if (!code_is_asked(*code))
		die("no facts about %s in %s: run dma-audit scan first",
		    *o->scan.only ? o->scan.only : tree, o->scan.db);
	sites = sites_collect(*code);
	judge(tree, *code, sites);
	return sites;
}

/* Exit status: 1 when some of the source could not be shown. */
static int report(const struct options *o)
{
	struct code *code;
	struct sites *sites = judged_sites(o, o->scan.tree, &code);
	struct sources *sources = sources_open(o->scan.tree, code);
	char *sarif = xasprintf("%s/report.sarif", o->out);
	char *page = xasprintf("%s/report.html", o->out);

	make_dirs(o->out);
	findings_write(code, sites, o->out);
	report_order(code, o->out, stdout);
	sarif_write(code, sites, sources, o->scan.tree, sarif);
	page_write(code, sites, sources, o->scan.tree, o->scan.only, page);
	report_summary(code, sites, stdout);
	free(page);
	free(sarif);
	return sources_unreadable(sources) ? 1 : 0;
}

static int print_verdicts(const struct options *o)
{
	struct code *code;

	report_lines(judged_sites(o, o->scan.tree, &code), stdout);
	return 0;
}

static int explain(const struct options *o)
{
	struct code *code;
	const char *place = o->operands[0], *colon = strrchr(place, ':');
	char *file;

	if (!colon)
		die("explain wants FILE:LINE, not '%s'", place);
	file = xasprintf("%.*s", (int)(colon - place), place);
	if (!report_explain(judged_sites(o, o->scan.tree, &code), file,
			    number_in("FILE:LINE", colon + 1, 1, INT_MAX), stdout))
		die("no mapping call at %s", place);
	free(file);
	return 0;
}

static int compare_dumps(const struct options *o)
{
	struct compare_options options = {
		.tree = o->scan.tree,
		.paths = o->operands,
		.n_paths = o->n_operands,
		.seconds = o->older_than,
		.out = o->out,
	};
	struct code *code;
	struct sites *sites = judged_sites(o, o->scan.tree, &code);

	compare(code, sites, &options, stdout);
	return 0;
}

static int convert_command(const struct options *o)
{
	const struct convert_options c = {
		.root = o->scan.tree,
		.out = o->out,
		.like = o->like,
		.except = o->except,
		.under = o->operands,
		.n_under = o->n_operands,
	};
	struct code *code;
	struct sites *sites;

	if (*o->scan.only)
		bad_usage();
	if (!c.like)
		die("convert wants --like: a mail with the author and the date that its mails get");
	for (int i = 0; i < c.n_under; i++)
		must_be_inside(c.root, c.under[i]);
	sites = judged_sites(o, o->scan.tree, &code);
	convert(code, sites, &c);
	return 0;
}

/* A scanned tree, or the sites.jsonl of another day. */
static json_t *diff_side(const struct options *o, const char *side)
{
	struct code *code;
	struct stat st;

	if (!stat(side, &st) && !S_ISDIR(st.st_mode))
		return diff_read(side, o->scan.only);
	return diff_sites(judged_sites(o, kernel_tree(side), &code));
}

static int diff(const struct options *o)
{
	json_t *before = diff_side(o, o->operands[0]), *after = diff_side(o, o->operands[1]);

	return diff_write(before, after, o->json, stdout) ? EXIT_DIFFERS : 0;
}

/* What each command needs. */
static const struct command {
	const char *name;
	int (*run)(const struct options *o);
	bool tree;
	int at_least, at_most;	/* operands */
	const char *out;	/* where the findings go, unless told */
} commands[] = {
	{ "scan", scan_tree, true, 0, 0, NULL },
	{ "judge", print_verdicts, true, 0, 0, NULL },
	{ "report", report, true, 0, 0, "out/audit" },
	{ "explain", explain, true, 1, 1, NULL },
	{ "diff", diff, false, 2, 2, NULL },
	{ "compare", compare_dumps, true, 1, 2, "out/audit" },
	{ "convert", convert_command, true, 0, INT_MAX, "out/convert" },
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	bad_usage();
}

int main(int argc, char **argv)
{
	struct options o = {
		.scan = {
			.only = "",
			.spatch = "spatch",
			.seconds = DEFAULT_SECONDS,
			.jobs = sysconf(_SC_NPROCESSORS_ONLN),
		},
	};
	const struct command *command;
	int status;

	progname = "dma-audit";
	if (argc < 2)
		bad_usage();
	command = command_find(argv[1]);
	parse_options(argc - 1, argv + 1, &o);
	if (!o.out)
		o.out = command->out;
	if (o.n_operands < command->at_least || o.n_operands > command->at_most ||
	    !o.scan.tree == command->tree)
		bad_usage();
	if (o.scan.tree) {
		o.scan.tree = kernel_tree(o.scan.tree);
		must_be_inside(o.scan.tree, o.scan.only);
	}
	if (!o.scan.db)
		o.scan.db = xasprintf("%s/audit/facts.db", cache_dir());
	if (!o.scan.facts)
		o.scan.facts = rules_path("facts");
	if (!o.scan.order)
		o.scan.order = rules_path("mapping_order.cocci");
	status = command->run(&o);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write the output: %s", strerror(errno));
	return status;
}
