/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vm-run and the guest's init say to each other over a virtio-serial
 * port: messages of a head, both words little-endian, and a body of
 * head.length bytes.
 */
#ifndef IOBOUNCE_VM_PROTO_H
#define IOBOUNCE_VM_PROTO_H

#include <stdint.h>

/* The port's name, as machines.conf gives it to the virtserialport device. */
#define VM_PORT "iobounce.jobs"

/*
 * init writes "MARK NAME" to the kernel log before each job, so that what the
 * console shows can be laid to a job.
 */
#define VM_MARK "iobounce-job:"

/* A job finds its name in the environment variable HOST_ANSWER. */
#define VM_ANSWER_FILE "/run/answer"

/*
 * A line of a job's output that asks for the processor time of the guest's CPUs, in s, as
 * the host counts it.  The other question is screen.h's.
 */
#define VM_CPU_QUESTION "cpu-seconds?"

/* No message is longer; the guest cuts a job's output into pieces of this. */
#define VM_BODY_MAX 65536

enum vm_type {
	VM_HELLO = 'H',		/* guest: init is up; no body */
	VM_JOB = 'J',		/* host: name, limit in s, argv..., each with its NUL */
	VM_OUTPUT = 'O',	/* guest: bytes of the job's stdout and stderr */
	VM_ANSWER = 'A',	/* host: for the job that runs, into the file VM_ANSWER_FILE */
	VM_EXIT = 'E',		/* guest: "exited N", "killed N" or "timeout" */
	VM_OFF = 'Q',		/* host: no more jobs; no body */
	VM_BYE = 'B',		/* guest: powering off in good order; no body */
};

struct vm_head {
	uint32_t type;
	uint32_t length;
};

#endif
