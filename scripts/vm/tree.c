// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf.h"
#include "tree.h"
#include "util.h"

/* A machine that has no device tree would run for ever. */
#define DUMP_LIMIT_MS 20000

int tree_drop(void *tree, const char *property)
{
	int dropped = 0;

	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
		dropped += !fdt_nop_property(tree, node, property);
	return dropped;
}

/* What it says is shown only if it fails: it also reports success. */
static bool succeeds(char **argv)
{
	int said = memfd_create("messages", MFD_CLOEXEC), status;
	char *path = xasprintf("/proc/self/fd/%d", said), *text;
	struct pollfd ended = { .events = POLLIN };
	pid_t pid = fork();

	if (said < 0 || pid < 0)
		die("%s: %s", argv[0], strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(said, 1);
		dup2(said, 2);
		execvp(argv[0], argv);
		dprintf(2, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	ended.fd = pidfd_open(pid, 0);
	if (poll(&ended, 1, DUMP_LIMIT_MS) != 1)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	if (status) {
		text = read_file(path, NULL);
		fputs(text ?: "", stderr);
		free(text);
	}
	close(ended.fd);
	close(said);
	free(path);
	return !status;
}

/* Its bytes, to be freed; @len of them. */
static char *tree_of_qemu(char **qemu, size_t *len)
{
	char *path = xasprintf("%s/iobounce-tree-XXXXXX", getenv("TMPDIR") ?: "/var/tmp");
	int fd = mkostemp(path, O_CLOEXEC);
	char *dump, **argv, *tree;
	size_t n = 0;
	bool made;

	if (fd < 0)
		die("%s: %s (TMPDIR chooses another folder)", path, strerror(errno));
	close(fd);
	while (qemu[n])
		n++;
	dump = xasprintf("dumpdtb=%s", path);
	argv = xcalloc(n + 3, sizeof(*argv));
	memcpy(argv, qemu, n * sizeof(*argv));
	argv[n] = "-machine";
	argv[n + 1] = dump;
	made = succeeds(argv);
	tree = made ? read_file(path, len) : NULL;
	unlink(path);
	if (!tree || fdt_check_full(tree, *len))
		die("%s does not say which device tree its machine has", qemu[0]);
	free(argv);
	free(dump);
	free(path);
	return tree;
}

int tree_without(char **qemu, const char *properties)
{
	int fd = memfd_create("device-tree", MFD_CLOEXEC);
	char **words = words_split(properties);
	size_t len = 0;
	char *tree = tree_of_qemu(qemu, &len);
	ssize_t size;

	for (char **w = words; *w; w++)
		if (!tree_drop(tree, *w))
			die("the device tree of %s has no '%s'", qemu[0], *w);
	/* QEMU makes room for as much again, and Linux maps no more than 2 MiB. */
	fdt_pack(tree);
	size = fdt_totalsize(tree);
	if (fd < 0 || write(fd, tree, size) != size)
		die("device tree: %s", strerror(errno));
	words_free(words);
	free(tree);
	return fd;
}
