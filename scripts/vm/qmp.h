/* SPDX-License-Identifier: GPL-2.0 */
/* Commands to QEMU itself (QEMU Machine Protocol). */
#ifndef IOBOUNCE_VM_QMP_H
#define IOBOUNCE_VM_QMP_H

#include <stdbool.h>

/*
 * Has QEMU do @command with @arguments, a JSON object, by the socket @qmp. False when it
 * does not say within some seconds that it is done.
 */
bool qmp_execute(int qmp, const char *command, const char *arguments);

#endif
