// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "igt.h"
#include "swiotlb.h"

static FILE *counter_open(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/swiotlb/%s", igt_debugfs_mount(), name);
	return fopen(path, "r");
}

static unsigned long counter_read(const char *name)
{
	FILE *f = counter_open(name);
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
	FILE *f = counter_open(".");

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

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

struct usage swiotlb_usage(unsigned int ms)
{
	const uint64_t end = now_ms() + ms;
	unsigned long value = counter_read("io_tlb_used");
	struct usage usage = { value, value };

	while (now_ms() < end) {
		value = counter_read("io_tlb_used");
		if (value < usage.least)
			usage.least = value;
		if (value > usage.most)
			usage.most = value;
	}
	return usage;
}
