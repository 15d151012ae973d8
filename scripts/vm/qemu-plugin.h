/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What insn.c uses of version 1 of QEMU's interface to plugins; no package of
 * Debian 12 has QEMU's own header. QEMU refuses a plugin of another version.
 */
#ifndef IOBOUNCE_VM_QEMU_PLUGIN_H
#define IOBOUNCE_VM_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data),
					    enum qemu_plugin_cb_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_outs(const char *line);

/* What the plugin has for QEMU. */
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

#endif
