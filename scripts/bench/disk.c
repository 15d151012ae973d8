// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "util.h"

#define RETURN_SECONDS 30

static const struct {
	const char *state, *type, *bounce;
} states[] = {
	{ "strict", "DMA", "off" },
	{ "lazy", "DMA-FQ", "off" },
	{ "passthrough", "identity", "off" },
	{ "bounce", "DMA", "on" },
	{ "auto", "DMA", "auto" },
};

static char *resolved(const char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		die("%s: %s", path, strerror(errno));
	return real;
}

/* The first line of @dir/@name, to be freed; NULL: there is no such file. */
static char *attribute(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), *text = read_file(path, NULL);

	free(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Writes it; 0, or an errno. */
static int set_attribute(const char *dir, const char *name, const char *value)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	free(path);
	return err;
}

/* From a disk's folder in sysfs upwards to the device that has an IOMMU group. */
static void find_group(struct disk *d, dev_t dev)
{
	char *link = xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev));
	char *dir = resolved(link), *end;

	free(link);
	while (!d->group && (end = strrchr(dir, '/')) && end != dir) {
		link = xasprintf("%s/iommu_group", dir);
		d->group = realpath(link, NULL);
		free(link);
		if (d->group)
			d->pci = xstrdup(dir);
		*end = '\0';
	}
	free(dir);
}

void disk_open(struct disk *d, const char *path)
{
	struct stat st;

	*d = (struct disk){ .path = resolved(path) };
	if (stat(d->path, &st))
		die("%s: %s", path, strerror(errno));
	d->is_file = S_ISREG(st.st_mode);
	if (S_ISBLK(st.st_mode))
		find_group(d, st.st_rdev);
	else if (!d->is_file)
		die("%s is neither a block device nor a file", path);
}

void disk_close(struct disk *d)
{
	free(d->path);
	free(d->group);
	free(d->pci);
}

/* Whether it, or a part of it, is mounted, swapped to or part of another device. */
static bool is_in_use(const char *path)
{
	/* For a block device O_EXCL without O_CREAT means just that (open(2)). */
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0 && errno != EBUSY)
		die("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

/* What wipefs(8) finds on it, a line each, to be freed; "": nothing. */
static char *signatures(const char *path)
{
	char found[256] = "";
	int ends[2], status;
	size_t len;
	FILE *from;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		execlp("wipefs", "wipefs", "--no-act", "--noheadings", "--output", "TYPE", path,
		       NULL);
		_exit(127);
	}
	close(ends[1]);
	from = fdopen(ends[0], "r");
	len = fread(found, 1, sizeof(found) - 1, from);
	fclose(from);
	found[len] = '\0';
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("wipefs could not tell what is on %s", path);
	found[strcspn(found, "\n")] = '\0';
	return xstrdup(found);
}

void disk_guard_write(const struct disk *d)
{
	char *found;

	if (!d->is_file && is_in_use(d->path))
		die("%s is mounted or in use: nothing is written to it", d->path);
	found = signatures(d->path);
	if (*found)
		die("%s holds %s: nothing is written to it (wipefs --all removes it, and with it "
		    "all data)", d->path, found);
	free(found);
}

char *disk_state(const struct disk *d)
{
	char *type = d->group ? attribute(d->group, "type") : NULL;
	char *bounce = d->group ? attribute(d->group, "bounce") : NULL;
	char *state = NULL;

	if (!type)
		return xstrdup("none");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i].type, type) && !strcmp(states[i].bounce, bounce ?: "off"))
			state = xstrdup(states[i].state);
	if (!state)
		state = xasprintf("%s-%s", type, bounce ?: "off");
	free(bounce);
	free(type);
	return state;
}

/* Dies when the driver may not be taken from the PCI device. */
static void guard_unbind(const struct disk *d)
{
	char *pattern = xasprintf("%s/devices/*", d->group), *real;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) || found.gl_pathc != 1)
		die("the IOMMU group of %s has other devices: its type is not changed", d->path);
	globfree(&found);
	free(pattern);
	if (glob("/sys/block/*", 0, NULL, &found))
		die("/sys/block is empty");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *node = xasprintf("/dev/%s", strrchr(found.gl_pathv[i], '/') + 1);

		real = resolved(found.gl_pathv[i]);
		if (!strncmp(real, d->pci, strlen(d->pci)) && real[strlen(d->pci)] == '/' &&
		    is_in_use(node))
			die("%s is mounted or in use: its IOMMU group is not changed", node);
		free(real);
		free(node);
	}
	globfree(&found);
}

/* The disk's name may be another one's when its driver is bound again. */
static void check_same(const struct disk *d)
{
	struct stat st;
	char *link, *dir;

	if (stat(d->path, &st))
		die("%s: %s", d->path, strerror(errno));
	link = xasprintf("/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	dir = resolved(link);
	if (strncmp(dir, d->pci, strlen(d->pci)) || dir[strlen(d->pci)] != '/')
		die("%s is no disk of %s any more: name the one that is", d->path, d->pci);
	free(dir);
	free(link);
}

static void change_type(const struct disk *d, const char *type)
{
	const char *device = strrchr(d->pci, '/') + 1;
	double until = now_seconds() + RETURN_SECONDS;
	int err;

	guard_unbind(d);
	err = set_attribute(d->pci, "driver/unbind", device);
	/* Without a driver, as when it did not come back, there is none to take away. */
	if (err && err != ENOENT)
		die("%s: unbind: %s", device, strerror(err));
	err = set_attribute(d->group, "type", type);
	/* In any case: the disk is to come back. */
	set_attribute("/sys/bus/pci", "drivers_probe", device);
	while (access(d->path, F_OK)) {
		if (now_seconds() > until)
			die("%s did not come back after its driver was bound again", d->path);
		usleep(100000);
	}
	check_same(d);
	if (err)
		die("%s/type: %s: %s", d->group, type, strerror(err));
}

static bool find_state(const char *state, size_t *found)
{
	for (*found = 0; *found < ARRAY_SIZE(states); (*found)++)
		if (!strcmp(states[*found].state, state))
			return true;
	return false;
}

bool disk_can_be(const char *state)
{
	size_t i;

	return find_state(state, &i);
}

static size_t state_named(const char *state)
{
	size_t i;

	if (find_state(state, &i))
		return i;
	die("unknown state '%s'; there are: strict, lazy, passthrough, bounce, auto", state);
}

void disk_guard_state(const struct disk *d, const char *state)
{
	const char *wanted = states[state_named(state)].bounce;
	char *bounce = d->group ? attribute(d->group, "bounce") : NULL;

	if (d->group && !bounce && strcmp(wanted, "off"))
		die("%s: this kernel has no pools of bounce buffers (%s/bounce)", state, d->group);
	free(bounce);
}

void disk_change(const struct disk *d, const char *state)
{
	char *type = d->group ? attribute(d->group, "type") : NULL, *bounce;
	size_t i = state_named(state);

	if (!type)
		die("%s is behind no IOMMU: there is nothing to change", d->path);
	bounce = attribute(d->group, "bounce");
	if (strcmp(type, states[i].type))
		change_type(d, states[i].type);
	if (bounce && strcmp(bounce, states[i].bounce) &&
	    set_attribute(d->group, "bounce", states[i].bounce))
		die("%s/bounce: cannot be set to %s", d->group, states[i].bounce);
	free(bounce);
	free(type);
}

char *disk_describe(const struct disk *d)
{
	char *dir, *model, *size, *text;
	struct stat st;

	if (stat(d->path, &st))
		die("%s: %s", d->path, strerror(errno));
	if (d->is_file)
		return xasprintf("a file of %lld bytes", (long long)st.st_size);
	dir = xasprintf("/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	model = attribute(dir, "device/model") ?: attribute(dir, "../device/model");
	size = attribute(dir, "size");
	text = xasprintf("%s of %llu bytes", model ?: "a disk",
			 size ? strtoull(size, NULL, 10) << 9 : 0);
	free(size);
	free(model);
	free(dir);
	return text;
}

char *disk_bounce_limit(const struct disk *d)
{
	return d->group ? attribute(d->group, "bounce_limit") : NULL;
}
