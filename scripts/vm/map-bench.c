// SPDX-License-Identifier: GPL-2.0
/*
 * map-bench MODE-PAGES THREADS...: in a guest, what the kernel's dma_map_benchmark
 * takes to map and to unmap so many pages, in one piece (single) or as a list, for
 * each number of threads. It gets the first of QEMU's edu devices meanwhile.
 *
 * Prints the means in nanoseconds by the guest's clock: a number of instructions
 * under QEMU's -icount.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "options.h"
#include "util.h"

#define DRIVER "dma_map_benchmark"
#define BENCHMARK "/sys/kernel/debug/" DRIVER
/* Of kselftest.h. */
#define EXIT_SKIP 4
#define SECONDS 2

/* As the kernel's include/uapi/linux/map_benchmark.h lays it out; Debian 12 has none. */
enum map_mode { MODE_SINGLE, MODE_LIST };

struct benchmark {
	uint64_t map_100ns, map_deviation, unmap_100ns, unmap_deviation;
	uint32_t threads, seconds;
	int32_t node;
	uint32_t dma_bits, direction, transfer_ns, pages;
	uint8_t mode, reserved[75];
};

#define DMA_FROM_DEVICE 2
#define RUN_BENCHMARK _IOWR('d', 1, struct benchmark)

static void skip(const char *why)
{
	puts(why);
	exit(EXIT_SKIP);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("'%s' to %s: %s", text, path, strerror(errno));
	close(fd);
}

static bool has_id(const char *device, const char *file, const char *id)
{
	char *path = xasprintf("%s/%s", device, file);
	char *text = read_file(path, NULL);
	bool has = text && !strcmp(text, id);

	free(text);
	free(path);
	return has;
}

/* The folder of the first edu in sysfs. */
static char *find_edu(void)
{
	char *found = NULL;
	glob_t devices;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &devices))
		die("no PCI device");
	for (size_t i = 0; !found && i < devices.gl_pathc; i++)
		if (has_id(devices.gl_pathv[i], "vendor", "0x1234\n") &&
		    has_id(devices.gl_pathv[i], "device", "0x11e8\n"))
			found = xstrdup(devices.gl_pathv[i]);
	globfree(&devices);
	if (!found)
		skip("this machine has no edu device");
	return found;
}

/* The driver that sysfs calls @driver shall have @device; "\n": whichever wants it. */
static void give(const char *device, const char *driver)
{
	const char *name = strrchr(device, '/') + 1;
	char *override = xasprintf("%s/driver_override", device);
	char *unbind = xasprintf("%s/driver/unbind", device);

	if (!access(unbind, W_OK))
		put(unbind, name);
	put(override, driver);
	put("/sys/bus/pci/drivers_probe", name);
	free(unbind);
	free(override);
}

static void run(int fd, enum map_mode mode, unsigned int pages, unsigned int threads)
{
	struct benchmark b = {
		.threads = threads,
		.seconds = SECONDS,
		.node = -1,
		.dma_bits = 64,
		.direction = DMA_FROM_DEVICE,
		.pages = pages,
		.mode = mode,
	};

	if (ioctl(fd, RUN_BENCHMARK, &b))
		die(DRIVER ": %s", strerror(errno));
	printf("figure: map-ns-%u %llu\n", threads, (unsigned long long)b.map_100ns * 100);
	printf("figure: unmap-ns-%u %llu\n", threads, (unsigned long long)b.unmap_100ns * 100);
}

int main(int argc, char **argv)
{
	static const char *const modes[] = {
		[MODE_SINGLE] = "single-",
		[MODE_LIST] = "list-",
	};
	enum map_mode mode = MODE_SINGLE;
	unsigned int pages;
	char *device;
	int fd;

	progname = "map-bench";
	if (argc < 3)
		die("usage: map-bench single-PAGES|list-PAGES THREADS...");
	while (mode < ARRAY_SIZE(modes) && strncmp(argv[1], modes[mode], strlen(modes[mode])))
		mode++;
	if (mode == ARRAY_SIZE(modes))
		die("%s: single-PAGES or list-PAGES expected", argv[1]);
	pages = number_in(argv[1], argv[1] + strlen(modes[mode]), 1, 1024);
	if (access("/sys/bus/pci/drivers/" DRIVER, F_OK))
		skip("this kernel has no " DRIVER);
	device = find_edu();
	give(device, DRIVER);
	fd = open(BENCHMARK, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(BENCHMARK ": %s", strerror(errno));
	for (int i = 2; i < argc; i++)
		run(fd, mode, pages, number_in("THREADS", argv[i], 1, 1024));
	close(fd);
	give(device, "\n");
	free(device);
}
