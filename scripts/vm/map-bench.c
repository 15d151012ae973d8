// SPDX-License-Identifier: GPL-2.0
/*
 * map-bench single|sg: in a guest, how long the kernel's dma_map_benchmark takes to
 * map and to unmap a page, or a list of 16 pages, towards QEMU's edu device, for 1,
 * 2 and 4 threads. Prints the averages in nanoseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util.h"

#define DRIVER "dma_map_benchmark"
#define DEBUGFS "/sys/kernel/debug/" DRIVER
/* Of kselftest.h. */
#define EXIT_SKIP 4
#define SECONDS 2
#define LIST_PAGES 16

/* As the kernel's include/uapi/linux/map_benchmark.h lays it out; Debian 12 has none. */
enum map_mode { MODE_SINGLE, MODE_SG };

struct benchmark {
	uint64_t map_100ns, map_deviation, unmap_100ns, unmap_deviation;
	uint32_t threads, seconds;
	int32_t node;
	uint32_t dma_bits, direction, transfer_ns, granule;
	uint8_t mode, reserved[75];
};

#define DMA_FROM_DEVICE 2
#define RUN_BENCHMARK _IOWR('d', 1, struct benchmark)

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static bool is_edu(const char *device)
{
	char *vendor_path = xasprintf("%s/vendor", device);
	char *id_path = xasprintf("%s/device", device);
	char *vendor = read_file(vendor_path, NULL), *id = read_file(id_path, NULL);
	bool is = vendor && id && !strcmp(vendor, "0x1234\n") && !strcmp(id, "0x11e8\n");

	free(id);
	free(vendor);
	free(id_path);
	free(vendor_path);
	return is;
}

/* Takes the last edu device from its driver, if it has one. */
static void bind_device(void)
{
	const char *found = NULL;
	glob_t devices;
	char *path;

	if (!access(DEBUGFS, F_OK))
		return;
	if (access("/sys/bus/pci/drivers/" DRIVER, F_OK)) {
		puts("this kernel has no " DRIVER);
		exit(EXIT_SKIP);
	}
	if (glob("/sys/bus/pci/devices/*", 0, NULL, &devices))
		die("no PCI device");
	for (size_t i = 0; i < devices.gl_pathc; i++)
		if (is_edu(devices.gl_pathv[i]))
			found = devices.gl_pathv[i];
	if (!found) {
		puts("this machine has no edu device");
		exit(EXIT_SKIP);
	}
	path = xasprintf("%s/driver_override", found);
	write_file(path, DRIVER);
	free(path);
	path = xasprintf("%s/driver/unbind", found);
	if (!access(path, F_OK))
		write_file(path, strrchr(found, '/') + 1);
	free(path);
	write_file("/sys/bus/pci/drivers_probe", strrchr(found, '/') + 1);
	globfree(&devices);
}

static void run(int fd, enum map_mode mode, unsigned int threads)
{
	struct benchmark b = {
		.threads = threads,
		.seconds = SECONDS,
		.node = -1,
		.dma_bits = 64,
		.direction = DMA_FROM_DEVICE,
		.granule = mode == MODE_SG ? LIST_PAGES : 1,
		.mode = mode,
	};

	if (ioctl(fd, RUN_BENCHMARK, &b))
		die(DRIVER ": %s", strerror(errno));
	printf("figure: map-ns-%u %llu\n", threads, (unsigned long long)b.map_100ns * 100);
	printf("figure: unmap-ns-%u %llu\n", threads, (unsigned long long)b.unmap_100ns * 100);
}

int main(int argc, char **argv)
{
	int fd;

	progname = "map-bench";
	if (argc != 2 || (strcmp(argv[1], "single") && strcmp(argv[1], "sg")))
		die("usage: map-bench single|sg");
	bind_device();
	fd = open(DEBUGFS, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(DEBUGFS ": %s", strerror(errno));
	for (unsigned int threads = 1; threads <= 4; threads *= 2)
		run(fd, strcmp(argv[1], "sg") ? MODE_SINGLE : MODE_SG, threads);
	close(fd);
}
