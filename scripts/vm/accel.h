/* SPDX-License-Identifier: GPL-2.0 */
/* Which accelerator works here, remembered until the host boots again. */
#ifndef IOBOUNCE_VM_ACCEL_H
#define IOBOUNCE_VM_ACCEL_H

#include <stdbool.h>

struct machine;

/* False where KVM can't be: no /dev/kvm for this user, or not for this machine. */
bool accel_may_be_kvm(const struct machine *m);
/* "kvm" or "tcg"; NULL when it wasn't tried since the host booted. */
const char *accel_recall(const struct machine *m);
/* Only after a guest booted: a kernel that doesn't says nothing about KVM. */
void accel_remember(const struct machine *m, const char *accel);

#endif
