// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "igt.h"
#include "iommu.h"

/* The first line of @path without its end; "" when there is no such file. */
static void read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");

	line[0] = '\0';
	if (!f)
		return;
	if (!fgets(line, size, f))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	fclose(f);
}

static void read_group(const struct iommu *iommu, const char *name, char *line, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%s/%s", iommu->group, name);
	read_line(path, line, size);
}

struct iommu iommu_of(int drm)
{
	char path[PATH_MAX], group[PATH_MAX], line[64];
	struct iommu iommu = {};
	struct stat st;
	ssize_t len;

	igt_assert_f(!fstat(drm, &st), "fstat: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/iommu_group",
		 major(st.st_rdev), minor(st.st_rdev));
	len = readlink(path, group, sizeof(group) - 1);
	if (len < 0)
		return iommu;
	group[len] = '\0';
	snprintf(iommu.group, sizeof(iommu.group), "%s", strrchr(group, '/') + 1);

	read_group(&iommu, "type", line, sizeof(line));
	iommu.translates = !strncmp(line, "DMA", 3);
	iommu.lazy = !strcmp(line, "DMA-FQ");
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/removable",
		 major(st.st_rdev), minor(st.st_rdev));
	/* The kernel says so of what it does not trust, and nowhere else. */
	read_line(path, line, sizeof(line));
	iommu.untrusted = !strcmp(line, "removable");
	read_group(&iommu, "bounce_state", line, sizeof(line));
	if (!strcmp(line, "active")) {
		read_group(&iommu, "bounce_limit", line, sizeof(line));
		iommu.bounces = strtoul(line, NULL, 10);
	}
	return iommu;
}

static FILE *open_pool(const struct iommu *iommu)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/iommu_bounce/%s", igt_debugfs_mount(), iommu->group);
	return fopen(path, "re");
}

/* The sum of word @column, from 0, of the pool's lines that begin with the word @name. */
static unsigned long pool_sum(const struct iommu *iommu, const char *name, int column)
{
	FILE *f = open_pool(iommu);
	unsigned long sum = 0;
	char line[256], *word;
	int i;

	while (f && fgets(line, sizeof(line), f)) {
		word = strtok(line, " \n");
		if (!word || strcmp(word, name))
			continue;
		for (i = 0; i < column && word; i++)
			word = strtok(NULL, " \n");
		if (word)
			sum += strtoul(word, NULL, 10);
	}
	if (f)
		fclose(f);
	return sum;
}

unsigned long iommu_hits(const struct iommu *iommu)
{
	return pool_sum(iommu, "class", 6);
}

unsigned long iommu_slots_in_use(const struct iommu *iommu)
{
	return pool_sum(iommu, "class", 3);
}

unsigned long iommu_cached_pages(const struct iommu *iommu)
{
	return pool_sum(iommu, "cached_pages", 1);
}

void faults_begin(struct faults *faults)
{
	faults->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	igt_assert_f(faults->log >= 0 && lseek(faults->log, 0, SEEK_END) >= 0, "/dev/kmsg: %s\n",
		     strerror(errno));
}

/* As drivers/iommu/virtio-iommu.c and drivers/iommu/intel/dmar.c report it. */
static bool is_fault(const char *record)
{
	return strstr(record, " fault from EP ") || strstr(record, "] Request device [");
}

/* A read of /dev/kmsg gives a record, without its end when that has no room. */
static unsigned int read_faults(int log)
{
	unsigned int n = 0;
	char record[1024];
	ssize_t len;

	/* EPIPE: records were overwritten before they were read. */
	while ((len = read(log, record, sizeof(record) - 1)) > 0 || (len < 0 && errno == EPIPE)) {
		record[len > 0 ? len : 0] = '\0';
		n += is_fault(record);
	}
	return n;
}

unsigned int faults_end(struct faults *faults, unsigned int ms)
{
	unsigned int n = read_faults(faults->log);

	for (; !n && ms; ms--) {
		usleep(1000);
		n = read_faults(faults->log);
	}
	close(faults->log);
	return n;
}
