// SPDX-License-Identifier: GPL-2.0
/*
 * map-bench MODE-PAGES[-touched][-persistent] THREADS...: in a guest, what the kernel's
 * dma_map_benchmark takes to map and to unmap so many pages, in one piece (single) or as
 * a list, for each number of threads. It gets the first of QEMU's edu devices meanwhile.
 *
 * touched: in between they are synced, touched and synced back, and what the syncs take
 * is printed, too. persistent: the mappings have DMA_ATTR_PERSISTENT_STREAMING. Only the
 * series has these.
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
	uint8_t mode, reserved[3];
	uint64_t sync_100ns, sync_deviation, loops;	/* loops: 0 if it ignores flags */
	uint32_t flags;
	uint8_t expansion[44];
};

#define PERSISTENT (1 << 1)
#define TOUCH (1 << 2)

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

static void print(const char *what, unsigned int threads, uint64_t in_100ns)
{
	printf("figure: %s-ns-%u %llu\n", what, threads, (unsigned long long)in_100ns * 100);
}

static void run(int fd, struct benchmark b, unsigned int threads)
{
	b.threads = threads;
	if (ioctl(fd, RUN_BENCHMARK, &b))
		die(DRIVER ": %s", strerror(errno));
	if (b.flags && !b.loops)
		skip("this kernel's " DRIVER " neither touches data nor has attributes");
	print("map", threads, b.map_100ns);
	print("unmap", threads, b.unmap_100ns);
	if (b.flags & TOUCH)
		print("sync", threads, b.sync_100ns);
}

/* What @name says of it: MODE-PAGES, and what differs. */
static struct benchmark parse(const char *name)
{
	static const char *const modes[] = {
		[MODE_SINGLE] = "single",
		[MODE_LIST] = "list",
	};
	struct benchmark b = {
		.seconds = SECONDS, .node = -1, .dma_bits = 64, .direction = DMA_FROM_DEVICE,
	};
	char *copy = xstrdup(name), *next = copy, *mode = strsep(&next, "-");
	char *pages = strsep(&next, "-"), *option;

	while (b.mode < ARRAY_SIZE(modes) && strcmp(mode, modes[b.mode]))
		b.mode++;
	if (b.mode == ARRAY_SIZE(modes) || !pages)
		die("%s: single-PAGES or list-PAGES expected", name);
	b.pages = number_in(name, pages, 1, 1024);
	while ((option = strsep(&next, "-"))) {
		if (!strcmp(option, "touched"))
			b.flags |= TOUCH;
		else if (!strcmp(option, "persistent"))
			b.flags |= PERSISTENT;
		else
			die("%s: '%s' is neither touched nor persistent", name, option);
	}
	free(copy);
	return b;
}

int main(int argc, char **argv)
{
	struct benchmark b;
	char *device;
	int fd;

	progname = "map-bench";
	if (argc < 3)
		die("usage: map-bench single-PAGES|list-PAGES[-touched][-persistent] THREADS...");
	b = parse(argv[1]);
	if (access("/sys/bus/pci/drivers/" DRIVER, F_OK))
		skip("this kernel has no " DRIVER);
	device = find_edu();
	give(device, DRIVER);
	fd = open(BENCHMARK, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(BENCHMARK ": %s", strerror(errno));
	for (int i = 2; i < argc; i++)
		run(fd, b, number_in("THREADS", argv[i], 1, 1024));
	close(fd);
	give(device, "\n");
	free(device);
}
