/* SPDX-License-Identifier: GPL-2.0 */
/* One QEMU process and the pipes to it. */
#ifndef IOBOUNCE_VM_QEMU_H
#define IOBOUNCE_VM_QEMU_H

#include <sys/types.h>

struct machine;

struct qemu {
	pid_t pid;
	int pidfd;		/* readable when the process has ended */
	int console, errors, trace;	/* ends to read, non-blocking */
	int port;		/* socket to the guest's virtio-serial port, non-blocking */
	int qmp;		/* the same to QEMU itself */
};

/*
 * Starts @m with @accel ("kvm" or "tcg"), a kernel, an image and the kernel
 * parameters @append. The guest's disk is a sparse file without a name, so it
 * ends with QEMU, and QEMU ends with this process, however that ends.
 */
void qemu_start(struct qemu *q, const struct machine *m, const char *accel, const char *kernel,
		const char *image, const char *append);
/* Processor time of the guest's CPUs up to now, s, as the host counts it. */
double qemu_cpu_seconds(const struct qemu *q);
/* Ends it at once if it still runs; the wait status (waitpid(2)). */
int qemu_end(struct qemu *q);

#endif
