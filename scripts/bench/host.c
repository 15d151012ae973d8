// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"
#include "host.h"
#include "json.h"
#include "plan.h"
#include "result.h"
#include "shuffle.h"
#include "util.h"

#define READS "fio-read-4k,fio-read-16k,fio-read-64k,fio-read-128k," \
	"fio-randread-4k-q1,fio-randread-4k-q32,fio-randread-4k-q128,fio-read-64k-j4"
#define WRITES ",fio-write-4k,fio-write-64k"
#define MACHINE "host"

static json_t *words(const char *list)
{
	char *copy = xstrdup(list), *next = copy, *word;
	json_t *array = json_array();

	while ((word = strsep(&next, ",")))
		json_array_append_new(array, json_string(word));
	free(copy);
	return array;
}

/* The first line of @command's output, without the end of the line; to be freed. */
static char *first_line(const char *command)
{
	FILE *from = popen(command, "re");
	char line[256] = "";

	if (!from || !fgets(line, sizeof(line), from))
		line[0] = '\0';
	if (from)
		pclose(from);
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

/* What stays as it is while a folder is filled. */
static json_t *machine_info(const struct host_options *o, const struct disk *d)
{
	char *cpu = first_line("sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo");
	char *fio = first_line("fio --version"), *disk = disk_describe(d);
	char *machine = xasprintf("%s, %ld cores", cpu, sysconf(_SC_NPROCESSORS_ONLN));
	json_t *info = json_pack("{s:s, s:s, s:s, s:s, s:o}", "device", o->device, "disk",
				 disk, "machine", machine, "fio", fio,
				 "fio_seconds", json_sprintf("%d", o->fio_seconds));

	free(machine);
	free(disk);
	free(fio);
	free(cpu);
	return info;
}

/* What is of one boot. */
static json_t *boot_info(const struct disk *d, const struct utsname *u)
{
	char *command_line = read_file("/proc/cmdline", NULL), *limit = disk_bounce_limit(d);
	time_t now = time(NULL);
	char date[32];
	json_t *info;

	if (!command_line)
		die("/proc/cmdline: %s", strerror(errno));
	command_line[strcspn(command_line, "\n")] = '\0';
	strftime(date, sizeof(date), "%FT%TZ", gmtime(&now));
	info = json_pack("{s:s, s:s, s:s, s:s*}", "kernel", u->version, "cmdline", command_line,
			 "date", date, "bounce_limit", limit);
	free(limit);
	free(command_line);
	return info;
}

static json_t *configuration(const struct disk *d, const char *state, const char *jobs)
{
	struct utsname u;
	char *name;
	json_t *c;

	uname(&u);
	name = xasprintf("%s-%s", u.release, state);
	c = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", name, "kernel", u.release,
		      "machine", MACHINE, "state", state, "info", boot_info(d, &u),
		      "jobs", words(jobs));
	free(name);
	return c;
}

static json_t *plan_read(const char *path, const struct host_options *o, const struct disk *d)
{
	json_t *info = machine_info(o, d);
	char *differs;
	json_t *bench;

	if (access(path, F_OK))
		return json_pack("{s:s, s:I, s:i, s:i, s:i, s:o, s:[]}", "set", "host",
				 "seed", (json_int_t)o->seed, "repeats", o->repeats,
				 "at_most_repeats", o->repeats, "at_most_runs", 100000,
				 "info", info, "configurations");
	bench = read_json(path);
	if (strcmp(text_of(bench, "set"), "host"))
		die("%s is of guests: name another folder", path);
	differs = plan_difference(info, json_object_get(bench, "info"));
	if (differs)
		die("%s is of another %s: name another folder", path, differs);
	json_decref(info);
	return bench;
}

static json_t *find_named(const json_t *list, const char *name)
{
	json_t *c;
	size_t i;

	json_array_foreach((json_t *)list, i, c)
		if (!strcmp(text_of(c, "name"), name))
			return c;
	return NULL;
}

/* Adds what is to be measured now to what the folder has. */
static json_t *plan_add(const struct host_options *o, const struct disk *d, json_t *chosen)
{
	char *path = xasprintf("%s/bench.json", o->path);
	json_t *bench = plan_read(path, o, d), *c;
	json_t *all = json_object_get(bench, "configurations");
	char *differs;
	size_t i;
	FILE *f;

	json_array_foreach(chosen, i, c) {
		json_t *other = find_named(all, text_of(c, "name"));

		differs = other ? plan_difference(c, other) : NULL;
		if (!other)
			json_array_append(all, c);
		else if (differs)
			die("%s has %s with other %s: name another folder", path,
			    text_of(c, "name"), differs);
	}
	if (number_of(bench, "repeats") < o->repeats) {
		json_object_set_new(bench, "repeats", json_integer(o->repeats));
		json_object_set_new(bench, "at_most_repeats", json_integer(o->repeats));
	}
	make_dirs(o->path);
	f = file_begin(path);
	json_dumpf(bench, f, JSON_INDENT(1));
	file_commit(f, path);
	free(path);
	return bench;
}

/* The result of a command; NULL when a signal arrived first, which ended it. */
static struct result *execute(int signals, char **argv, const struct job *job)
{
	struct result *r = xcalloc(1, sizeof(*r));
	char buf[4096], end[32];
	int ends[2], status;
	ssize_t n = 1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		sigset_t none;

		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	/* By both, as either may be first. */
	setpgid(pid, pid);
	close(ends[1]);
	while (n) {
		struct pollfd fds[] = { { ends[0], POLLIN, 0 }, { signals, POLLIN, 0 } };

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (fds[1].revents)
			break;
		n = fds[0].revents ? read(ends[0], buf, sizeof(buf)) : 1;
		if (fds[0].revents && n > 0)
			text_add(&r->output, buf, n);
	}
	close(ends[0]);
	if (n)
		kill(-pid, SIGTERM);
	waitpid(pid, &status, 0);
	if (n) {
		result_free(r);
		free(r);
		return NULL;
	}
	snprintf(end, sizeof(end), WIFEXITED(status) ? "exited %d" : "killed %d",
		 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	r->job = job;
	result_parse(r, end);
	return r;
}

static json_t *job_json(const char *name, const struct result *r)
{
	json_t *figures = json_object();

	for (size_t i = 0; i < r->n_figures; i++)
		json_object_set_new(figures, r->figures[i].name, json_real(r->figures[i].value));
	return json_pack("{s:s, s:s, s:s?, s:{s:I, s:I, s:f}, s:o}", "name", name,
			 "status", status_name(r->status), "why", r->why,
			 "fio", "ios", (json_int_t)r->fio.ios, "bytes", (json_int_t)r->fio.bytes,
			 "iops", r->fio.iops, "figures", figures);
}

/* One job, its warm-up first; NULL when it was interrupted. */
static json_t *run_job(const char *fio_job, const struct disk *d, int signals, const char *name)
{
	struct job command = { .kind = JOB_COMMAND }, fio = { .kind = JOB_FIO };
	char *value = (char *)name + strlen("fio-");
	char *warm_up[] = { (char *)fio_job, "warm-up", value, d->path, NULL };
	char *argv[] = { (char *)fio_job, value, d->path, NULL };
	struct result *r = execute(signals, warm_up, &command);
	json_t *json;

	if (r && r->status == STATUS_PASS) {
		result_free(r);
		free(r);
		r = execute(signals, argv, &fio);
	}
	if (!r)
		return NULL;
	printf("%s: %s", name, status_name(r->status));
	if (r->fio.ios)
		printf(" (%.0f IOPS, %.1f MB/s)", r->fio.iops, r->fio.bytes_per_second / 1e6);
	printf("%s%s\n", r->why ? ": " : "", r->why ?: "");
	fflush(stdout);
	json = job_json(name, r);
	result_free(r);
	free(r);
	return json;
}

/* One repeat of a configuration; false when it was interrupted. */
static bool run_configuration(const struct host_options *o, const struct disk *d, int signals,
			      int repeat, const json_t *c, uint64_t *state)
{
	json_t *jobs = shuffled(json_object_get(c, "jobs"), state), *done = json_array();
	json_t *boot = json_pack("{s:O}", "jobs", done), *job, *json;
	char *dir = boot_path(o->path, repeat, c);
	char *path = xasprintf("%s/" MACHINE ".json", dir);
	bool whole = true;
	size_t i;
	FILE *f;

	json_array_foreach(jobs, i, job) {
		json = run_job(o->fio_job, d, signals, json_string_value(job));
		whole = json;
		if (!whole)
			break;
		json_array_append_new(done, json);
	}
	if (whole) {
		make_dirs(dir);
		f = file_begin(path);
		json_dumpf(boot, f, JSON_INDENT(1));
		file_commit(f, path);
	}
	free(path);
	free(dir);
	json_decref(boot);
	json_decref(done);
	json_decref(jobs);
	return whole;
}

/* What would be done to the disk, and whether it may. */
static void check_jobs(const struct host_options *o, const char *jobs)
{
	json_t *list = words(jobs), *job;
	size_t i;

	json_array_foreach(list, i, job) {
		const char *name = json_string_value(job);

		if (strncmp(name, "fio-", 4))
			die("%s: only jobs of fio run here (fio-read-4k)", name);
		if (strncmp(name, "fio-read-", 9) && strncmp(name, "fio-randread-", 13) &&
		    !o->write)
			die("%s writes to %s: that needs --write", name, o->device);
	}
	json_decref(list);
}

static json_t *configurations(const struct disk *d, const char *states, const char *jobs)
{
	json_t *names = words(states), *list = json_array(), *name;
	size_t i;

	json_array_foreach(names, i, name)
		json_array_append_new(list, configuration(d, json_string_value(name), jobs));
	json_decref(names);
	return list;
}

/* False when it was interrupted. */
static bool run_repeat(const struct host_options *o, const struct disk *d, int signals, int repeat,
		       const json_t *chosen, uint64_t seed)
{
	uint64_t state = seed ^ (uint64_t)repeat << 56;
	json_t *order = shuffled(chosen, &state), *c, *boot;
	bool whole = true;
	size_t i;

	json_array_foreach(order, i, c) {
		boot = boot_read(o->path, repeat, c);
		json_decref(boot);
		if (boot)
			continue;
		if (o->states) {
			disk_change(d, text_of(c, "state"));
			/* What came back may be another one. */
			if (o->write)
				disk_guard_write(d);
		}
		printf("%s, repeat %d of %d\n", text_of(c, "name"), repeat, o->repeats);
		whole = run_configuration(o, d, signals, repeat, c, &state);
		if (!whole)
			break;
	}
	json_decref(order);
	return whole;
}

static void guard_states(const struct disk *d, const char *states)
{
	json_t *names = words(states), *name;
	size_t i;

	json_array_foreach(names, i, name)
		disk_guard_state(d, json_string_value(name));
	json_decref(names);
}

/* The state to go back to, however this ends. */
static struct {
	const struct disk *disk;
	const char *state;
} before;

/* Also called by exit(), and so by die(), which may end it: on Linux, atexit(3) allows that. */
static void restore(void)
{
	const struct disk *d = before.disk;

	before.disk = NULL;
	if (d)
		disk_change(d, before.state);
}

bool host_measure(const struct host_options *o)
{
	const char *jobs = o->jobs ?: o->write ? READS WRITES : READS;
	json_t *chosen, *bench;
	bool whole = true;
	struct disk d;
	char *state, *seconds = xasprintf("%d", o->fio_seconds);
	int signals;

	/* What fio-job goes by. */
	setenv("FIO_SECONDS", seconds, 1);
	free(seconds);
	check_jobs(o, jobs);
	disk_open(&d, o->device);
	if (o->states)
		guard_states(&d, o->states);
	state = disk_state(&d);
	if (o->states && !disk_can_be(state))
		die("%s: the state of its IOMMU group could not be restored: leave --states away",
		    o->device);
	if (o->write)
		disk_guard_write(&d);
	chosen = configurations(&d, o->states ?: state, jobs);
	bench = plan_add(o, &d, chosen);
	signals = interrupts_open();
	/* Who reads what is printed may be gone: the group is to be restored all the same. */
	signal(SIGPIPE, SIG_IGN);
	before.disk = o->states ? &d : NULL;
	before.state = state;
	atexit(restore);
	for (int repeat = 1; whole && repeat <= o->repeats; repeat++)
		whole = run_repeat(o, &d, signals, repeat, chosen, number_of(bench, "seed"));
	restore();
	if (!whole)
		warn("interrupted; the same command goes on");
	json_decref(bench);
	json_decref(chosen);
	free(state);
	disk_close(&d);
	return whole;
}
