/* SPDX-License-Identifier: GPL-2.0 */
/* A running guest as its host sees it: init's messages, the console, the trace. */
#ifndef IOBOUNCE_VM_GUEST_H
#define IOBOUNCE_VM_GUEST_H

#include <stdbool.h>

#include "proto.h"
#include "qemu.h"
#include "text.h"
#include "trace.h"

struct guest {
	struct qemu qemu;
	int signals;		/* signalfd(2) of what interrupts us */
	bool ended;		/* QEMU is gone, status says how */
	int status;
	struct trace trace;
	bool uncounted;		/* QEMU logs no requests */
	struct text console, errors, inbox;
};

enum guest_event { GUEST_MESSAGE, GUEST_ENDED, GUEST_LATE, GUEST_INTERRUPTED };

/* Boots; see qemu_start(). @signals is read when an interrupt is pending. */
void guest_start(struct guest *g, int signals, const struct machine *m, const char *accel,
		 const char *kernel, const char *image, const char *append);
/*
 * Waits for init's next message until @deadline (as now_seconds()). On
 * GUEST_MESSAGE its type is in *@type, its body replaces what was in @body.
 */
enum guest_event guest_wait(struct guest *g, double deadline, enum vm_type *type,
			    struct text *body);
void guest_send(struct guest *g, enum vm_type type, const struct text *body);
/*
 * The requests up to now. Exact when called between a message from the guest
 * and an answer to it: QEMU logs a request before the guest goes on.
 */
struct counts guest_counts(struct guest *g);
/*
 * Whether requests are counted from now on, as they are at first; while the guest has
 * nothing to do. False when QEMU does not say that it does so. What TCG's plugin counts,
 * it counts always.
 */
bool guest_count(struct guest *g, bool count);
/* True when QEMU has no trace event of a name that it was given. */
bool guest_lacks_event(const struct guest *g);
bool guest_panicked(const struct guest *g);
/* Why the guest isn't there any more, in a few words, to be freed. */
char *guest_obituary(const struct guest *g, enum guest_event event, double waited);
/* Ends QEMU if it still runs. The console's text stays until guest_free(). */
void guest_stop(struct guest *g);
void guest_free(struct guest *g);

#endif
