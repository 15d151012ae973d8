// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf.h"
#include "machine.h"
#include "qemu.h"
#include "tree.h"
#include "util.h"

#define DISK_BYTES (1L << 30)
/* Room for the trace of some thousand requests, so that QEMU rarely waits. */
#define TRACE_PIPE_BYTES (1 << 20)

struct arguments {
	char **v;
	size_t n;
};

static void add(struct arguments *a, const char *word)
{
	a->v = xrealloc(a->v, (a->n + 2) * sizeof(*a->v));
	a->v[a->n++] = xstrdup(word);
	a->v[a->n] = NULL;
}

static void add_words(struct arguments *a, const char *value)
{
	char **words = words_split(value);

	for (char **w = words; *w; w++)
		add(a, *w);
	words_free(words);
}

static void add_pair(struct arguments *a, const char *option, char *value)
{
	add(a, option);
	add(a, value);
	free(value);
}

/* The path of the file @name in the folder of this program. */
static char *beside_us(const char *name)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		die("/proc/self/exe: %s", strerror(errno));
	path[len] = '\0';
	return xasprintf("%s/%s", dirname(path), name);
}

/* The options of QEMU's plugin insn.so that @word, an instruction, adds to @plugin. */
static char *plugin_with(char *plugin, const char *word)
{
	char *longer = xasprintf("%s,insn=%s", plugin, word + strlen(INSN_EVENT));

	free(plugin);
	return longer;
}

static void add_events(struct arguments *a, const struct machine *m)
{
	char *events = xasprintf("%s %s %s", m->map_events, m->unmap_events, m->invalidate_events);
	char **words = words_split(events), *plugin = NULL;

	for (char **w = words; *w; w++) {
		if (strncmp(*w, INSN_EVENT, strlen(INSN_EVENT))) {
			add(a, "-trace");
			add(a, *w);
		} else {
			plugin = plugin_with(plugin ?: beside_us("insn.so"), *w);
		}
	}
	if (plugin) {
		add_words(a, "-d plugin");
		add_pair(a, "-plugin", plugin);
	}
	words_free(words);
	free(events);
}

static void add_board(struct arguments *a, const struct machine *m, const char *accel)
{
	add(a, m->qemu);
	add_words(a, m->platform);
	add_words(a, strcmp(accel, "kvm") ? m->tcg : m->kvm);
	add_words(a, "-nodefaults -no-user-config -display none");
	add_words(a, m->iommu);
}

static int open_disk(void)
{
	const char *dir = getenv("TMPDIR") ?: "/var/tmp";
	char *path = xasprintf("%s/iobounce-disk-XXXXXX", dir);
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 || unlink(path) || ftruncate(fd, DISK_BYTES))
		die("cannot make the guest's disk in %s: %s (TMPDIR chooses another folder)", dir,
		    strerror(errno));
	free(path);
	return fd;
}

/* Made beside the image; -1 when the machine has none. */
static int open_acpi_table(const struct machine *m, const char *image)
{
	char *copy, *path;
	int fd;

	if (!m->acpi_table)
		return -1;
	copy = xstrdup(image);
	path = xasprintf("%s/%s.aml", dirname(copy), m->acpi_table);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s (machine %s needs it; make programs makes it)", path, strerror(errno),
		    m->name);
	free(path);
	free(copy);
	return fd;
}

/* -1 when the machine has QEMU's. The tree is that of the same devices. */
static int open_tree(const struct machine *m, const char *accel)
{
	struct arguments a = {};
	int fd;

	if (!m->tree_without)
		return -1;
	add_board(&a, m, accel);
	add_words(&a, "-drive driver=null-co,if=none,id=disk -chardev null,id=port");
	add_words(&a, m->devices);
	fd = tree_without(a.v, m->tree_without);
	words_free(a.v);
	return fd;
}

/* Both ends close on exec; the child names those that QEMU gets. */
static void open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		die("pipe: %s", strerror(errno));
}

static void open_sockets(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK))
		die("socketpair: %s", strerror(errno));
}

static void keep(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

void qemu_start(struct qemu *q, const struct machine *m, const char *accel, const char *kernel,
		const char *image, const char *append)
{
	struct arguments a = {};
	int console[2], errors[2], trace[2], port[2], qmp[2];
	int disk = open_disk(), table = open_acpi_table(m, image), tree = open_tree(m, accel);
	pid_t parent = getpid();

	open_pipe(console);
	open_pipe(errors);
	open_pipe(trace);
	fcntl(trace[0], F_SETPIPE_SZ, TRACE_PIPE_BYTES);
	open_sockets(port);
	open_sockets(qmp);

	add_board(&a, m, accel);
	add_words(&a, "-name iobounce,debug-threads=on -no-reboot -serial stdio");
	/* Without werror=report a full host disk would stop the guest silently. */
	add_pair(&a, "-drive", xasprintf("file=/dev/fd/%d,if=none,id=disk,format=raw,"
					  "cache=unsafe,discard=unmap,werror=report%s%s", disk,
					  *m->drive ? "," : "", m->drive));
	add_pair(&a, "-chardev", xasprintf("socket,id=port,fd=%d", port[1]));
	add_pair(&a, "-chardev", xasprintf("socket,id=qmp,fd=%d", qmp[1]));
	add_words(&a, "-mon chardev=qmp,mode=control");
	add_words(&a, m->devices);
	if (table >= 0)
		add_pair(&a, "-acpitable", xasprintf("file=/dev/fd/%d", table));
	if (tree >= 0)
		add_pair(&a, "-dtb", xasprintf("/dev/fd/%d", tree));
	add_events(&a, m);
	add_pair(&a, "-D", xasprintf("/dev/fd/%d", trace[1]));
	add_pair(&a, "-kernel", xstrdup(kernel));
	add_pair(&a, "-initrd", xstrdup(image));
	add_pair(&a, "-append", xstrdup(append));

	q->pid = fork();
	if (q->pid < 0)
		die("fork: %s", strerror(errno));
	if (!q->pid) {
		sigset_t none;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		/* A terminal's ^C is for vm-run, which then ends QEMU. */
		setpgid(0, 0);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(console[1], 1);
		dup2(errors[1], 2);
		keep(disk);
		if (table >= 0)
			keep(table);
		if (tree >= 0)
			keep(tree);
		keep(port[1]);
		keep(qmp[1]);
		keep(trace[1]);
		execvp(a.v[0], a.v);
		dprintf(2, "%s: %s\n", a.v[0], strerror(errno));
		_exit(127);
	}
	q->pidfd = pidfd_open(q->pid, 0);
	if (q->pidfd < 0)
		die("pidfd_open: %s", strerror(errno));
	q->console = console[0];
	q->errors = errors[0];
	q->trace = trace[0];
	q->port = port[0];
	q->qmp = qmp[0];
	close(console[1]);
	close(errors[1]);
	close(trace[1]);
	close(port[1]);
	close(qmp[1]);
	close(disk);
	if (table >= 0)
		close(table);
	if (tree >= 0)
		close(tree);
	words_free(a.v);
}

/* What @file of a thread of QEMU's holds, to be freed; NULL: the thread is gone. */
static char *thread_file(const struct qemu *q, const char *thread, const char *file)
{
	char *path = xasprintf("/proc/%d/task/%s/%s", q->pid, thread, file), *text;

	text = read_file(path, NULL);
	free(path);
	return text;
}

double qemu_cpu_seconds(const struct qemu *q)
{
	char *path = xasprintf("/proc/%d/task", q->pid);
	DIR *tasks = opendir(path);
	const struct dirent *d;
	double seconds = 0;

	while (tasks && (d = readdir(tasks))) {
		char *name = thread_file(q, d->d_name, "comm"), *times;

		/* QEMU's name of a thread that runs a CPU of the guest: "CPU 0/TCG". */
		if (name && !strncmp(name, "CPU ", 4)) {
			times = thread_file(q, d->d_name, "schedstat");
			seconds += times ? strtoull(times, NULL, 10) / 1e9 : 0;
			free(times);
		}
		free(name);
	}
	if (tasks)
		closedir(tasks);
	free(path);
	return seconds;
}

int qemu_end(struct qemu *q)
{
	int status = 0;

	kill(q->pid, SIGKILL);
	waitpid(q->pid, &status, 0);
	close(q->pidfd);
	close(q->console);
	close(q->errors);
	close(q->trace);
	close(q->port);
	close(q->qmp);
	return status;
}
