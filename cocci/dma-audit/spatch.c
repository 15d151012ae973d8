// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spatch.h"
#include "util.h"

/* A group: enough to share the start of Python, little to lose. */
#define GROUP_FILES 12
#define GROUP_BYTES (512 << 10)
/*
 * The limit is one of processor time, so that a busy machine does no harm. A
 * process that sleeps instead is hung after so many times the limit.
 */
#define WALL_FACTOR 20
#define POLL_NANOSECONDS 10000000

struct job {
	pid_t pid;		/* 0: free */
	struct spatch_file *files;
	size_t n;
	double deadline;	/* now_seconds() */
	bool killed;
	char *list, *out, *err;	/* paths */
};

struct run {
	const struct spatch_options *o;
	const struct spatch_results *r;
	struct spatch_file *queue;
	size_t next, n;
	struct job *jobs;
};

static char *job_path(const struct run *run, const struct job *job, const char *what)
{
	return xasprintf("%s/%d.%s", run->o->workdir, (int)(job - run->jobs), what);
}

/* Files are groups of their own to spatch: blank lines between them. */
static void write_list(const struct job *job)
{
	FILE *f = fopen(job->list, "we");

	if (!f)
		die("cannot write %s: %s", job->list, strerror(errno));
	for (size_t i = 0; i < job->n; i++)
		fprintf(f, "%s\n\n", job->files[i].path);
	if (fclose(f))
		die("cannot write %s: %s", job->list, strerror(errno));
}

static void redirect(const char *path, int fd)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (to < 0 || dup2(to, fd) < 0)
		_exit(126);
}

/*
 * The working folder is ours and so is HOME, or the .cocciconfig of the tree or
 * of the user would change limits and options.
 */
static void __attribute__((noreturn)) child(const struct run *run, const struct job *job)
{
	const struct rlimit limit = { run->o->seconds, run->o->seconds + 1 };
	const char *with_mode[] = {
		run->o->program, "-D", run->o->mode, "--quiet", "--no-includes", "--no-show-diff",
		"--timeout", "0", "--sp-file", run->o->rules, "--file-groups", job->list, NULL,
	};
	const char **arguments = with_mode;

	if (!run->o->mode) {
		arguments += 2;
		arguments[0] = run->o->program;
	}
	setpgid(0, 0);
	redirect(job->out, STDOUT_FILENO);
	redirect(job->err, STDERR_FILENO);
	if (chdir(run->o->workdir) || setenv("HOME", run->o->workdir, 1) ||
	    setrlimit(RLIMIT_CPU, &limit))
		_exit(126);
	execvp(run->o->program, (char *const *)arguments);
	_exit(127);
}

static void start(struct run *run, struct job *job)
{
	int64_t bytes = 0;

	job->files = run->queue + run->next;
	job->n = 0;
	while (run->next < run->n && job->n < GROUP_FILES && (!job->n || bytes < GROUP_BYTES)) {
		if (job->n && run->queue[run->next].alone)
			break;
		bytes += run->queue[run->next++].size;
		if (job->files[job->n++].alone)
			break;
	}
	write_list(job);
	job->killed = false;
	job->deadline = now_seconds() + (double)run->o->seconds * WALL_FACTOR;
	job->pid = fork();
	if (job->pid < 0)
		die("cannot start %s: %s", run->o->program, strerror(errno));
	if (!job->pid)
		child(run, job);
}

/* spatch says "HANDLING: FILE" when it takes a file up. */
static size_t taken_up(const struct job *job, const char *log)
{
	size_t n = 0;

	while (n < job->n) {
		char *line = xasprintf("HANDLING: %s\n", job->files[n].path);
		bool found = strstr(log, line);

		free(line);
		if (!found)
			break;
		n++;
	}
	return n;
}

/* What the log says against one file; NULL: nothing. To be freed. */
static char *complaint(const char *log, const char *path)
{
	char *end = xasprintf(" in %s\n", path);
	const char *at = strstr(log, end), *begin;
	char *reason = NULL;

	free(end);
	if (!at)
		return NULL;
	begin = at;
	while (begin > log && begin[-1] != '\n')
		begin--;
	if (!strncmp(begin, "EXN: ", 5)) {
		begin += 5;
		reason = xasprintf("error: %.*s", (int)(at - begin), begin);
	}
	return reason;
}

static char *ending(const struct job *job, int status)
{
	if (job->killed || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		return xstrdup("timeout");
	if (WIFSIGNALED(status))
		return xasprintf("crash: %s", strsignal(WTERMSIG(status)));
	return xasprintf("error: spatch ended with status %d", WEXITSTATUS(status));
}

/* The files from @from on come again, each alone, behind all others. */
static void requeue(struct run *run, const struct job *job, size_t from)
{
	for (size_t i = from; i < job->n; i++) {
		run->queue[run->n] = job->files[i];
		run->queue[run->n++].alone = true;
	}
}

static void report(struct run *run, struct job *job, int status)
{
	bool good = WIFEXITED(status) && !WEXITSTATUS(status) && !job->killed;
	char *log = read_file(job->err, NULL), *out = read_file(job->out, NULL);
	char *reasons[GROUP_FILES] = { NULL };
	size_t whole = job->n;

	if (!log || !out)
		die("cannot read what %s wrote in %s", run->o->program, run->o->workdir);
	if (!good && job->n > 1) {
		/* Nothing tells how far the last file got: only those before it count. */
		whole = taken_up(job, log);
		whole -= whole > 0;
		requeue(run, job, whole);
	}
	for (size_t i = 0; i < whole; i++) {
		reasons[i] = complaint(log, job->files[i].path);
		if (!reasons[i] && !good && job->n == 1)
			reasons[i] = ending(job, status);
	}
	run->r->group(run->r->arg, job->files, reasons, whole, out);
	for (size_t i = 0; i < whole; i++)
		free(reasons[i]);
	free(log);
	free(out);
}

static void reap(struct run *run, struct job *job)
{
	int status;

	if (waitpid(job->pid, &status, WNOHANG) == 0) {
		if (now_seconds() < job->deadline || job->killed)
			return;
		job->killed = true;
		kill(-job->pid, SIGKILL);
		return;
	}
	job->pid = 0;
	report(run, job, status);
}

static void kill_all(struct run *run)
{
	for (int i = 0; i < run->o->jobs; i++) {
		if (!run->jobs[i].pid)
			continue;
		kill(-run->jobs[i].pid, SIGKILL);
		waitpid(run->jobs[i].pid, NULL, 0);
	}
}

static bool busy(const struct run *run)
{
	for (int i = 0; i < run->o->jobs; i++)
		if (run->jobs[i].pid)
			return true;
	return run->next < run->n;
}

bool spatch_run(const struct spatch_options *o, const struct spatch_file *files, size_t n,
		const struct spatch_results *r, const volatile bool *stop)
{
	struct run run = { .o = o, .r = r, .n = n };
	const struct timespec poll = { .tv_nsec = POLL_NANOSECONDS };

	/* Room for every file to come a second time. */
	run.queue = xcalloc(2 * n, sizeof(*run.queue));
	memcpy(run.queue, files, n * sizeof(*files));
	run.jobs = xcalloc(o->jobs, sizeof(*run.jobs));
	for (int i = 0; i < o->jobs; i++) {
		run.jobs[i].list = job_path(&run, &run.jobs[i], "list");
		run.jobs[i].out = job_path(&run, &run.jobs[i], "out");
		run.jobs[i].err = job_path(&run, &run.jobs[i], "err");
	}
	while (!*stop && busy(&run)) {
		for (int i = 0; i < o->jobs; i++) {
			if (run.jobs[i].pid)
				reap(&run, &run.jobs[i]);
			if (!run.jobs[i].pid && run.next < run.n)
				start(&run, &run.jobs[i]);
		}
		nanosleep(&poll, NULL);
	}
	kill_all(&run);
	for (int i = 0; i < o->jobs; i++) {
		unlink(run.jobs[i].list);
		unlink(run.jobs[i].out);
		unlink(run.jobs[i].err);
		free(run.jobs[i].list);
		free(run.jobs[i].out);
		free(run.jobs[i].err);
	}
	free(run.jobs);
	free(run.queue);
	return !*stop;
}

char *spatch_version(const char *program)
{
	char *command = xasprintf("'%s' --version 2>/dev/null", program);
	FILE *f = popen(command, "re");
	char *line = NULL;
	size_t room = 0;

	if (!f || getline(&line, &room, f) < 0)
		die("cannot run %s: install coccinelle, or name the program with --spatch",
		    program);
	pclose(f);
	free(command);
	return line;
}
