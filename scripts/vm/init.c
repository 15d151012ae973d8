// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the guest: mounts what tests need, then runs one job after another
 * for the host. It decides nothing; a job's output and end go to the host as
 * they are. Anything it can't do ends the guest without VM_BYE, which the host
 * reports as a failure.
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto.h"

#define MAX_WORDS 128

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void give_up(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	power_off();
}

static const struct {
	const char *type, *where;
	bool optional;		/* a kernel may lack it; who needs it will say so */
} mounts[] = {
	{ "devtmpfs", "/dev", false },
	{ "proc", "/proc", false },
	{ "sysfs", "/sys", false },
	{ "tmpfs", "/tmp", false },
	{ "tmpfs", "/run", false },
	{ "tmpfs", "/dev/shm", false },
	{ "devpts", "/dev/pts", true },
	{ "debugfs", "/sys/kernel/debug", true },
	{ "tracefs", "/sys/kernel/tracing", true },
	{ "configfs", "/sys/kernel/config", true },
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		/* The kernel may have mounted devtmpfs itself: EBUSY. */
		if (mount("none", mounts[i].where, mounts[i].type, 0, NULL) &&
		    errno != EBUSY && !mounts[i].optional)
			give_up(mounts[i].where);
	}
}

/* The image holds no device nodes, so the kernel may have found no console. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* Opens the port called VM_PORT; -1 while there is none. */
static int find_port(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	int port = -1;

	while (dir && port < 0 && (entry = readdir(dir))) {
		char path[PATH_MAX], name[64] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strcmp(strtok(name, "\n"), VM_PORT)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			port = open(path, O_RDWR | O_CLOEXEC);
		}
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return port;
}

/* The port's name arrives some time after the device: wait up to 10 s. */
static int open_port(void)
{
	for (int tries = 0; tries < 200; tries++) {
		int port = find_port();

		if (port >= 0)
			return port;
		usleep(50000);
	}
	errno = ENODEV;
	give_up("virtio-serial port " VM_PORT);
	return -1;
}

static void read_all(int fd, void *to, size_t len)
{
	for (char *p = to; len;) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up("host closed the port");
		p += n;
		len -= n;
	}
}

static void write_all(int fd, const void *from, size_t len)
{
	for (const char *p = from; len;) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			give_up("write to the host");
		p += n;
		len -= n;
	}
}

static void send_message(int port, enum vm_type type, const void *body, size_t len)
{
	struct vm_head head = { htole32(type), htole32(len) };

	write_all(port, &head, sizeof(head));
	write_all(port, body, len);
}

/* One write(2) is one record of the kernel log; dprintf() would seek first, which fails there. */
static void mark(int kmsg, const char *job)
{
	char record[256];
	int len = snprintf(record, sizeof(record), "<5>" VM_MARK " %s\n", job);

	if (write(kmsg, record, len) != len)
		give_up("write to the kernel log");
}

static pid_t start(char **argv, int output)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid)
		return pid;

	setsid();
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Sends what is in the pipe now. False at its end. */
static bool forward(int port, int output)
{
	char buf[VM_BODY_MAX];
	ssize_t n;

	while ((n = read(output, buf, sizeof(buf))) > 0)
		send_message(port, VM_OUTPUT, buf, n);
	return n < 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Whole or not at all, for the job looks whether it is there. */
static void take_answer(int port)
{
	static char body[VM_BODY_MAX];
	struct vm_head head;
	int fd;

	read_all(port, &head, sizeof(head));
	if (le32toh(head.type) != VM_ANSWER || le32toh(head.length) > sizeof(body)) {
		errno = EPROTO;
		give_up("message while a job runs");
	}
	read_all(port, body, le32toh(head.length));
	fd = open(VM_ANSWER_FILE ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		give_up(VM_ANSWER_FILE);
	write_all(fd, body, le32toh(head.length));
	close(fd);
	if (rename(VM_ANSWER_FILE ".tmp", VM_ANSWER_FILE))
		give_up(VM_ANSWER_FILE);
}

/* False when @pid still ran after @limit seconds. */
static bool wait_for(int port, pid_t pid, int output, double limit)
{
	double end = now() + limit;
	int pidfd = pidfd_open(pid, 0);
	struct pollfd fds[] = {
		{ pidfd, POLLIN, 0 }, { output, POLLIN, 0 }, { port, POLLIN, 0 }
	};
	bool ended = false;

	if (pidfd < 0)
		give_up("pidfd_open");
	while (!ended) {
		double left = end - now();

		if (left <= 0)
			break;
		if (poll(fds, 3, left * 1000 + 1) < 0 && errno != EINTR)
			give_up("poll");
		if (fds[1].revents && !forward(port, output))
			fds[1].fd = -1;
		if (fds[2].revents & POLLIN)
			take_answer(port);
		ended = fds[0].revents;
	}
	close(pidfd);
	return ended;
}

static void run_job(int port, int kmsg, char **words)
{
	double limit = atof(words[1]);
	char verdict[32];
	int output[2], status;

	if (pipe2(output, O_CLOEXEC) || fcntl(output[0], F_SETFL, O_NONBLOCK))
		give_up("pipe");
	mark(kmsg, words[0]);

	pid_t pid = start(words + 2, output[1]);

	close(output[1]);
	bool ended = wait_for(port, pid, output[0], limit);

	/* Children that outlive the job would run into the next one. */
	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	forward(port, output[0]);
	close(output[0]);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;

	if (!ended)
		snprintf(verdict, sizeof(verdict), "timeout");
	else if (WIFEXITED(status))
		snprintf(verdict, sizeof(verdict), "exited %d", WEXITSTATUS(status));
	else
		snprintf(verdict, sizeof(verdict), "killed %d", WTERMSIG(status));
	send_message(port, VM_EXIT, verdict, strlen(verdict));
}

/* Cuts @body at its NULs into @words; gives up if they are too few or too many. */
static void cut_words(char *body, size_t len, char **words)
{
	size_t n = 0;

	body[len] = '\0';
	for (char *p = body; p < body + len && n < MAX_WORDS; p += strlen(p) + 1)
		words[n++] = p;
	words[n] = NULL;
	if (n < 3 || n == MAX_WORDS) {
		errno = EPROTO;
		give_up("job message");
	}
}

/*
 * Takes the PCI devices from their drivers while the IOMMU still works. The
 * kernel's own power-off resets a virtio IOMMU before the devices behind it
 * are shut down (virtio_dev_shutdown()), and NVMe then waits a minute for a
 * completion that can't arrive. Virtio devices are reset just the same, so
 * they stay, and with them the port to the host.
 */
static void release_devices(void)
{
	glob_t devices;

	if (glob("/sys/bus/pci/drivers/*/????:??:??.?", 0, NULL, &devices))
		return;
	for (size_t i = 0; i < devices.gl_pathc; i++) {
		char *device = devices.gl_pathv[i], unbind[PATH_MAX];
		const char *name = strrchr(device, '/') + 1;
		int fd;

		if (strstr(device, "/virtio-pci/"))
			continue;
		snprintf(unbind, sizeof(unbind), "%.*s/unbind", (int)(name - 1 - device), device);
		fd = open(unbind, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, name, strlen(name)) < 0)
			give_up(unbind);
		close(fd);
	}
	globfree(&devices);
}

int main(void)
{
	static char body[VM_BODY_MAX + 1];
	char *words[MAX_WORDS + 1];
	int port, kmsg;

	mount_all();
	open_console();
	setenv("PATH", "/bin:/igt", 1);
	setenv("HOME", "/tmp", 1);
	setenv("HOST_ANSWER", VM_ANSWER_FILE, 1);
	signal(SIGPIPE, SIG_IGN);

	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg < 0)
		give_up("/dev/kmsg");
	port = open_port();
	send_message(port, VM_HELLO, NULL, 0);

	for (;;) {
		struct vm_head head;

		read_all(port, &head, sizeof(head));
		size_t len = le32toh(head.length);

		if (len > VM_BODY_MAX) {
			errno = EPROTO;
			give_up("message length");
		}
		read_all(port, body, len);
		if (le32toh(head.type) == VM_OFF)
			break;
		/* To a job that did not wait for it. */
		if (le32toh(head.type) == VM_ANSWER)
			continue;
		cut_words(body, len, words);
		run_job(port, kmsg, words);
	}
	release_devices();
	send_message(port, VM_BYE, NULL, 0);
	power_off();
}
