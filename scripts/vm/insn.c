// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's TCG: writes a line "insn:OPCODE" to QEMU's log whenever the
 * guest executes an instruction whose bytes begin with OPCODE (hexadecimal), so
 * that requests to an IOMMU which are instructions are counted like those for
 * which QEMU has a trace event.
 *
 *	-plugin insn.so,insn=OPCODE,... -d plugin
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

#define EXPORT __attribute__((visibility("default")))
#define MAX_OPCODES 8
/* The longest instruction of any architecture. */
#define MAX_BYTES 15

EXPORT int qemu_plugin_version = 1;

static struct opcode {
	unsigned char bytes[MAX_BYTES];
	size_t len;
	char line[2 * MAX_BYTES + 8];
} opcodes[MAX_OPCODES];
static size_t n_opcodes;

static void executed(unsigned int cpu, void *opcode)
{
	(void)cpu;
	qemu_plugin_outs(((struct opcode *)opcode)->line);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		size_t len = qemu_plugin_insn_size(insn);

		for (struct opcode *o = opcodes; o < opcodes + n_opcodes; o++)
			if (len >= o->len && !memcmp(qemu_plugin_insn_data(insn), o->bytes, o->len))
				qemu_plugin_register_vcpu_insn_exec_cb(insn, executed,
								       QEMU_PLUGIN_CB_NO_REGS, o);
	}
}

static bool add_opcode(const char *hex)
{
	struct opcode *o = &opcodes[n_opcodes];
	size_t digits = strlen(hex);

	if (n_opcodes == MAX_OPCODES || !digits || digits % 2 || digits > 2 * MAX_BYTES)
		return false;
	for (; o->len < digits / 2; o->len++)
		if (sscanf(hex + 2 * o->len, "%2hhx", &o->bytes[o->len]) != 1)
			return false;
	snprintf(o->line, sizeof(o->line), "insn:%s\n", hex);
	n_opcodes++;
	return true;
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "insn=", 5) || !add_opcode(argv[i] + 5)) {
			fprintf(stderr, "insn.so: %s: insn=OPCODE expected, %d at most\n", argv[i],
				MAX_OPCODES);
			return -1;
		}
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
