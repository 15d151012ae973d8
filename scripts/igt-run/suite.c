// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"
#include "util.h"

/* The path of @program in one of @dirs, to be freed; NULL: in none. */
static char *find_program(const char *dirs, const char *program)
{
	char *copy = xstrdup(dirs), *next = copy, *dir, *path = NULL;
	struct stat st;

	while (!path && (dir = strsep(&next, ":"))) {
		path = xasprintf("%s/%s", dir, program);
		if (!stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK))
			break;
		free(path);
		path = NULL;
	}
	free(copy);
	return path;
}

static struct program *find(const struct suite *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].job.name, name))
			return &s->v[i];
	return NULL;
}

static struct program *add(struct suite *s, const char *name, char *path)
{
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n] = (struct program){
		.job = { .name = xstrdup(name), .kind = JOB_IGT },
		.path = path,
	};
	return &s->v[s->n++];
}

/* "igt@PROGRAM" or "igt@PROGRAM@SUBTEST". */
static void add_line(struct suite *s, const char *list, int number, char *line, const char *dirs)
{
	char *igt = strsep(&line, "@"), *name = strsep(&line, "@"), *path, *longer;
	struct program *p;

	if (strcmp(igt, "igt") || !name || !*name || strchr(name, '/') || (line && !*line))
		die("%s:%d: igt@PROGRAM or igt@PROGRAM@SUBTEST expected", list, number);
	p = find(s, name);
	if (!p) {
		path = find_program(dirs, name);
		if (!path)
			die("%s:%d: no program '%s' in %s", list, number, name, dirs);
		p = add(s, name, path);
		p->subtests = line ? xstrdup(line) : NULL;
	} else if (!line) {
		free(p->subtests);
		p->subtests = NULL;
	} else if (p->subtests) {
		longer = xasprintf("%s,%s", p->subtests, line);
		free(p->subtests);
		p->subtests = longer;
	}
}

static void read_list(struct suite *s, const char *list, const char *dirs)
{
	char *text = read_file(list, NULL), *next = text, *line;
	int number = 0;

	if (!text)
		die("cannot read the test list %s: %s", list, strerror(errno));
	while ((line = strsep(&next, "\n"))) {
		number++;
		line[strcspn(line, "# \t\r")] = '\0';
		if (*line)
			add_line(s, list, number, line, dirs);
	}
	free(text);
	if (!s->n)
		die("%s: no test", list);
}

static void read_folder(struct suite *s, const char *dirs)
{
	char *dir = xasprintf("%.*s", (int)strcspn(dirs, ":"), dirs), *path;
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);

	if (n < 0)
		die("cannot read the folder of tests %s: %s", dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		path = find_program(dir, entries[i]->d_name);
		if (path)
			add(s, entries[i]->d_name, path);
		free(entries[i]);
	}
	free(entries);
	if (!s->n)
		die("%s: no test programs there: make programs builds them", dir);
	free(dir);
}

void suite_read(struct suite *s, const char *list, const char *dirs)
{
	*s = (struct suite){};
	if (list)
		read_list(s, list, dirs);
	else
		read_folder(s, dirs);
	/* Only now does nothing move any more. */
	for (size_t i = 0; i < s->n; i++)
		s->v[i].result.job = &s->v[i].job;
}

static pid_t start(const struct program *p, const char *log)
{
	pid_t pid = fork();
	sigset_t none;
	int fd;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) {
		warn("cannot write %s: %s", log, strerror(errno));
		_exit(127);
	}
	if (p->subtests)
		execl(p->path, p->path, "--run-subtest", p->subtests, NULL);
	else
		execl(p->path, p->path, NULL);
	fprintf(stderr, "%s: %s\n", p->path, strerror(errno));
	_exit(127);
}

enum ending { ENDED, LATE, INTERRUPTED };

static enum ending wait_for(pid_t pid, int signals, unsigned int limit)
{
	struct pollfd fds[] = { { pidfd_open(pid, 0), POLLIN, 0 }, { signals, POLLIN, 0 } };
	int n;

	if (fds[0].fd < 0)
		die("pidfd_open: %s", strerror(errno));
	do
		n = poll(fds, ARRAY_SIZE(fds), limit * 1000);
	while (n < 0 && errno == EINTR);
	close(fds[0].fd);
	if (fds[1].revents)
		return INTERRUPTED;
	return n ? ENDED : LATE;
}

/* Reads what the program printed and how it ended; false when it did not run yet. */
static bool take(struct program *p, const char *logs)
{
	char *log = xasprintf("%s/%s.log", logs, p->job.name);
	char *ended = xasprintf("%s/%s.end", logs, p->job.name);
	char *end = read_file(ended, NULL), *output = end ? read_file(log, NULL) : NULL;

	if (output) {
		text_add(&p->result.output, output, strlen(output));
		result_parse(&p->result, end);
	}
	free(output);
	free(end);
	free(ended);
	free(log);
	return p->result.status != STATUS_NONE;
}

static bool run_program(struct program *p, const char *logs, int signals, unsigned int limit)
{
	char *log = xasprintf("%s/%s.log", logs, p->job.name);
	char *ended = xasprintf("%s/%s.end", logs, p->job.name);
	pid_t pid = start(p, log);
	enum ending ending = wait_for(pid, signals, limit);
	int status;
	FILE *f;

	/* What it left behind would disturb the next one. */
	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	if (ending != INTERRUPTED) {
		f = file_begin(ended);
		if (ending == LATE)
			fputs("timeout", f);
		else if (WIFEXITED(status))
			fprintf(f, "exited %d", WEXITSTATUS(status));
		else
			fprintf(f, "killed %d", WTERMSIG(status));
		file_commit(f, ended);
	}
	free(ended);
	free(log);
	return ending != INTERRUPTED && take(p, logs);
}

static void show(const struct program *p, bool before)
{
	const struct result *r = &p->result;

	printf("%s: %s", p->job.name, status_name(r->status));
	if (r->n_tests) {
		fputs(" (", stdout);
		result_print_counts(r, stdout);
		fputs(")", stdout);
	}
	printf("%s%s%s\n", r->why ? ": " : "", r->why ?: "", before ? " (run before)" : "");
	fflush(stdout);
}

bool suite_run(struct suite *s, const char *logs, unsigned int limit)
{
	int signals = interrupts_open();
	bool done = true;

	for (size_t i = 0; i < s->n && done; i++) {
		struct program *p = &s->v[i];
		bool before = take(p, logs);

		if (!before) {
			printf("%s: %zu of %zu\n", p->job.name, i + 1, s->n);
			fflush(stdout);
			done = run_program(p, logs, signals, limit);
		}
		if (done)
			show(p, before);
	}
	close(signals);
	return done;
}

void suite_free(struct suite *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].job.name);
		free(s->v[i].path);
		free(s->v[i].subtests);
		result_free(&s->v[i].result);
	}
	free(s->v);
}
