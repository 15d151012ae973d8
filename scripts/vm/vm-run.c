// SPDX-License-Identifier: GPL-2.0
/* Command line of vm-run: boots one machine, runs jobs in it, writes what came of them. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "conf.h"
#include "machine.h"
#include "matrix.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "util.h"

enum { EXIT_PASSED, EXIT_FAILED, EXIT_BAD_INPUT };

/*
 * The kernels of kernel/config/flavours: how much longer than "fast" a guest may take.
 * Checkers slow it down, and another architecture is always emulated.
 */
static const struct {
	const char *name;
	double patience;
} flavours[] = { { "fast", 1 }, { "debug", 4 }, { "s390x", 3 }, { "arm64", 3 } };

/* A console and a KUnit log are a few hundred kB. */
#define RESULTS_BYTES (8UL << 20)

static const char usage[] =
	"usage: vm-run --kernel FILE --image CPIO --machine NAME --jobs NAME,... --out DIR\n"
	"              [--flavour NAME] [--info KEY=VALUE]... [--conf DIR]\n"
	"              [--append KERNEL-PARAMETERS] [--matrix FILE]\n"
	"       vm-run --list-machines | --list-jobs\n"
	"DIR of --conf holds machines.conf, jobs.conf and splats.allow (scripts/vm);\n"
	"FILE of --matrix says what must come of GPU tests (igt-tests/matrix.txt).\n"
	"Exit status: 0 all passed, 1 something failed, 2 bad input.\n";

struct options {
	const char *kernel, *image, *machine, *jobs, *out, *flavour, *conf, *append, *matrix;
	char **info;
	bool list_machines, list_jobs;
};

static void bad_input(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));
static void bad_input(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", progname);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_BAD_INPUT);
}

static void read_options(struct options *o, int argc, char **argv)
{
	const struct opt known[] = {
		{ "kernel", .text = &o->kernel },
		{ "image", .text = &o->image },
		{ "machine", .text = &o->machine },
		{ "jobs", .text = &o->jobs },
		{ "out", .text = &o->out },
		{ "flavour", .text = &o->flavour },
		{ "conf", .text = &o->conf },
		{ "append", .text = &o->append },
		{ "matrix", .text = &o->matrix },
		{ "info", .pairs = o->info },
		{ "list-machines", .flag = &o->list_machines },
		{ "list-jobs", .flag = &o->list_jobs },
	};
	int rest = options_read(argc, argv, known, ARRAY_SIZE(known), usage);

	if (rest < 0)
		exit(EXIT_BAD_INPUT);
	if (rest < argc)
		bad_input("unexpected argument '%s'; --help shows the usage", argv[rest]);
}

static double flavour_patience(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(flavours); i++)
		if (!strcmp(flavours[i].name, name))
			return flavours[i].patience;
	bad_input("--flavour %s: none of kernel/config/flavours", name);
}

static void check_options(const struct options *o)
{
	if (!o->kernel || !o->image || !o->machine || !o->jobs || !o->out)
		bad_input("--kernel, --image, --machine, --jobs and --out are needed; see --help");
	if (access(o->kernel, R_OK))
		bad_input("cannot read kernel %s: %m", o->kernel);
	if (access(o->image, R_OK))
		bad_input("cannot read image %s: %m", o->image);
}

/* Found out now, not when the guest has run for minutes. */
static void check_space(const char *dir)
{
	struct statvfs fs;

	make_dirs(dir);
	if (access(dir, W_OK))
		bad_input("cannot write to %s: %m", dir);
	if (statvfs(dir, &fs))
		bad_input("%s: %m", dir);
	if (fs.f_bavail * fs.f_frsize < RESULTS_BYTES)
		bad_input("no space for results in %s: %lu kB free, %lu kB needed", dir,
			  fs.f_bavail * fs.f_frsize / 1024, RESULTS_BYTES / 1024);
}

/* Ends by the signal itself, so that a script that runs us ends, too. */
static void end_interrupted(int signals, const char *machine)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		die("signalfd: %m");
	warn("interrupted; no result of %s is written", machine);
	signal(info.ssi_signo, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(info.ssi_signo);
}

static char *list(void (*names)(const struct conf *, FILE *, const char *), const struct conf *conf)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	names(conf, f, ", ");
	fclose(f);
	return s;
}

static struct conf *read_conf(struct conf *(*read)(const char *), const char *dir,
			      const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct conf *conf = read(path);

	free(path);
	return conf;
}

int main(int argc, char **argv)
{
	struct options o = { .flavour = "fast", .conf = "scripts/vm", .append = "" };
	char *unknown = NULL;

	progname = "vm-run";
	o.info = xcalloc(argc + 1, sizeof(*o.info));
	read_options(&o, argc, argv);

	struct conf *machines = read_conf(machines_read, o.conf, "machines.conf");
	struct conf *jobs = read_conf(jobs_read, o.conf, "jobs.conf");
	struct conf *allow = read_conf(allow_read, o.conf, "splats.allow");

	if (o.list_machines || o.list_jobs) {
		if (o.list_machines)
			machines_list(machines, stdout, "\n");
		else
			jobs_list(jobs, stdout, "\n");
		putchar('\n');
		return EXIT_PASSED;
	}
	check_options(&o);

	struct machine *machine = machine_find(machines, o.machine);

	if (!machine)
		bad_input("unknown machine '%s'; there are: %s", o.machine,
			  list(machines_list, machines));

	struct job *chosen = jobs_find(jobs, o.jobs, machine->disk, &unknown);

	if (!chosen)
		bad_input("unknown job '%s'; there are: %s", unknown, list(jobs_list, jobs));

	char *conflict = jobs_conflict(chosen);

	if (conflict)
		bad_input("%s; boot them apart", conflict);
	check_space(o.out);
	if (o.matrix) {
		struct matrix *matrix = matrix_read(o.matrix);

		matrix_demand(matrix, machine->name, chosen);
		matrix_free(matrix);
	}

	struct run run = {
		.machine = machine,
		.kernel = o.kernel,
		.image = o.image,
		.jobs = chosen,
		.append = o.append,
		.patience = flavour_patience(o.flavour),
		/* Read where the guest is waited for, so that QEMU is ended in order. */
		.signals = interrupts_open(),
	};

	if (!run_machine(&run)) {
		end_interrupted(run.signals, o.machine);
		return EXIT_FAILED;
	}
	run.splats = splats_find(run.console.s, allow);
	report_write(&(struct report){ o.out, o.flavour, o.info }, &run);

	bool passed = run_passed(&run);

	printf("%s: %s%s%s (%zu splats, %zu allowed)\n", o.machine, passed ? "pass" : "fail",
	       run.error ? ": " : "", run.error ?: "", splats_bad(&run.splats),
	       run.splats.n - splats_bad(&run.splats));
	run_free(&run);
	jobs_free(chosen);
	machine_free(machine);
	conf_free(allow);
	conf_free(jobs);
	conf_free(machines);
	free(o.info);
	return passed ? EXIT_PASSED : EXIT_FAILED;
}
