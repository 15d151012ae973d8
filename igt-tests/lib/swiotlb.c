// SPDX-License-Identifier: MIT
#include <string.h>
#include <unistd.h>

#include "igt.h"
#include "swiotlb.h"

static FILE *counter_open(const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/swiotlb/%s", igt_debugfs_mount(), name);
	return fopen(path, mode);
}

static unsigned long counter_read(const char *name)
{
	FILE *f = counter_open(name, "r");
	unsigned long value;
	int n;

	if (!f)
		return 0;
	n = fscanf(f, "%lu", &value);
	fclose(f);
	igt_assert_f(n == 1, "swiotlb/%s in debugfs holds no number\n", name);
	return value;
}

void swiotlb_require(void)
{
	FILE *f = counter_open(".", "r");

	igt_require_f(f, "no swiotlb in debugfs (CONFIG_SWIOTLB, CONFIG_DEBUG_FS, root)\n");
	fclose(f);
	igt_assert_f(!swiotlb_forced() || counter_read("io_tlb_nslabs"),
		     "swiotlb=force, but the kernel set up no pool\n");
}

bool swiotlb_forced(void)
{
	char line[4096], *word, *value, *words, *values;
	FILE *f = fopen("/proc/cmdline", "r");
	bool forced = false;

	igt_assert_f(f, "/proc/cmdline can't be read\n");
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);

	for (word = strtok_r(line, " \n", &words); word; word = strtok_r(NULL, " \n", &words)) {
		if (strncmp(word, "swiotlb=", 8))
			continue;
		for (value = strtok_r(word + 8, ",", &values); value;
		     value = strtok_r(NULL, ",", &values))
			forced |= !strcmp(value, "force");
	}
	return forced;
}

unsigned long swiotlb_used(void)
{
	unsigned long least = counter_read("io_tlb_used"), now;
	int i;

	for (i = 0; i < 20; i++) {
		usleep(5000);
		now = counter_read("io_tlb_used");
		if (now < least)
			least = now;
	}
	return least;
}

void swiotlb_reset_hiwater(void)
{
	FILE *f = counter_open("io_tlb_used_hiwater", "w");

	if (!f)
		return;
	fputs("0\n", f);
	igt_assert_f(!fclose(f), "swiotlb/io_tlb_used_hiwater in debugfs can't be reset\n");
}

unsigned long swiotlb_hiwater(void)
{
	return counter_read("io_tlb_used_hiwater");
}
