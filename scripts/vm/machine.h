/* SPDX-License-Identifier: GPL-2.0 */
/* machines.conf: what can be booted. The file says what each key means. */
#ifndef IOBOUNCE_VM_MACHINE_H
#define IOBOUNCE_VM_MACHINE_H

#include <stdio.h>

struct conf;

/* What reads and writes of the disk ask the IOMMU for. */
enum requests { REQUESTS_ANY, REQUESTS_SOME, REQUESTS_FEW, REQUESTS_NONE };

/* How an event begins that is an instruction of the guest; its opcode follows. */
#define INSN_EVENT "insn:"

struct machine {
	const char *name, *describe, *qemu, *platform, *tcg;
	const char *kvm;	/* "": never under KVM */
	const char *iommu, *devices, *disk, *drive;
	const char *acpi_table;	/* NULL: none */
	const char *tree_without;	/* NULL: the device tree is QEMU's */
	const char *map_events, *unmap_events, *invalidate_events;	/* "": not counted */
	enum requests requests;
	double few;		/* REQUESTS_FEW: at most so many for each read or write */
	char *append;
};

/* Dies when the file is wrong. */
struct conf *machines_read(const char *path);
/* NULL when there is none of that name. The conf must outlive the machine. */
struct machine *machine_find(const struct conf *conf, const char *name);
void machine_free(struct machine *m);
/* The names, separated by @between. */
void machines_list(const struct conf *conf, FILE *to, const char *between);

#endif
