// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <drm.h>

#include "conf.h"
#include "host.h"
#include "util.h"

static char *read_line(const char *path)
{
	char *line = read_file(path, NULL);

	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Where distributions keep it; the kernel's own copy (CONFIG_IKCONFIG_PROC) first. */
static char *find_options(void)
{
	static const char *const packed = "/proc/config.gz";
	struct utsname kernel;
	char *options = NULL, *path;
	size_t len = 0;
	FILE *from, *to;
	int c;

	if (!access(packed, R_OK)) {
		path = xasprintf("gzip -dc %s", packed);
		from = popen(path, "re");
		to = open_memstream(&options, &len);
		if (!from || !to)
			die("%s: %s", path, strerror(errno));
		while ((c = fgetc(from)) != EOF)
			fputc(c, to);
		fclose(to);
		if (pclose(from))
			die("cannot unpack %s", packed);
		free(path);
		return options;
	}
	uname(&kernel);
	path = xasprintf("/boot/config-%s", kernel.release);
	options = read_file(path, NULL);
	free(path);
	return options;
}

/* The driver's own name, which sysfs does not have for a GPU of virtio. */
static bool is_driven_by(int card, const char *driver)
{
	char name[64] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !ioctl(card, DRM_IOCTL_VERSION, &version) && !strcmp(name, driver);
}

static char *find_card(const char *driver)
{
	char *card = NULL, *path;
	struct stat st;
	glob_t nodes;
	int fd;

	if (glob("/dev/dri/card[0-9]*", 0, NULL, &nodes))
		return NULL;
	for (size_t i = 0; i < nodes.gl_pathc && !card; i++) {
		fd = open(nodes.gl_pathv[i], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (is_driven_by(fd, driver) && !fstat(fd, &st)) {
			path = xasprintf("/sys/dev/char/%u:%u/device", major(st.st_rdev),
					 minor(st.st_rdev));
			card = realpath(path, NULL);
			free(path);
		}
		close(fd);
	}
	globfree(&nodes);
	return card;
}

void host_find(struct host *h, const char *driver)
{
	char *path;

	*h = (struct host){ .driver = driver };
	h->cmdline = read_line("/proc/cmdline");
	if (!h->cmdline)
		die("cannot read /proc/cmdline: %s", strerror(errno));
	h->options = find_options();
	h->card = find_card(driver);
	if (!h->card)
		return;
	path = xasprintf("%s/iommu_group/type", h->card);
	h->group = read_line(path);
	free(path);
	if (!h->group)
		h->group = xstrdup("none");
}

void host_free(struct host *h)
{
	free(h->cmdline);
	free(h->options);
	free(h->card);
	free(h->group);
}

/* Whether the configuration has @option=y or =m; true as well when it is unknown. */
static bool has_option(const struct host *h, const char *option)
{
	char *line;
	bool has;

	if (!h->options)
		return true;
	line = xasprintf("\n%s=", option);
	has = strstr(h->options, line) && strchr("ym", strstr(h->options, line)[strlen(line)]);
	free(line);
	return has;
}

/* An IOMMU that firmware describes is there even where the kernel leaves it off. */
static bool has_iommu(void)
{
	static const char *const signs[] = {
		"/sys/class/iommu/*", "/sys/firmware/acpi/tables/DMAR",
		"/sys/firmware/acpi/tables/IVRS", "/sys/firmware/acpi/tables/VIOT",
	};
	bool has = false;

	for (size_t i = 0; i < ARRAY_SIZE(signs) && !has; i++) {
		glob_t found;

		if (glob(signs[i], 0, NULL, &found))
			continue;
		has = true;
		globfree(&found);
	}
	return has;
}

char *host_lacks(const struct host *h, const struct conf_section *s)
{
	const char *option = conf_get(s, "option", NULL);

	if (option && !has_option(h, option))
		return xasprintf("the kernel is built without %s", option);
	if (!strncmp(conf_get(s, "group", ""), "DMA", 3) && !has_iommu())
		return xstrdup("the machine has no IOMMU, or its firmware switches it off");
	return NULL;
}

char *host_contradicts(const struct host *h, const struct conf_section *s)
{
	const char *group = conf_get(s, "group", "any");

	if (!strcmp(group, "any") || !strcmp(group, h->group))
		return NULL;
	return xasprintf("the IOMMU group of %s is of type '%s', not '%s' as [%s] demands",
			 h->driver, h->group, group, s->name);
}
