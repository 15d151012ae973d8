// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in the guest and breaks it for the harness's own tests:
 *   fault panic   lets PID 1 die, on which the kernel panics
 *   fault hang    stops PID 1, so that the host gets no answer any more
 */
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct user_regs_struct registers;

	if (argc != 2 || (strcmp(argv[1], "panic") && strcmp(argv[1], "hang"))) {
		fputs("usage: fault panic|hang\n", stderr);
		return 2;
	}
	if (ptrace(PTRACE_ATTACH, 1, NULL, NULL) || waitpid(1, NULL, 0) != 1) {
		perror("fault: PID 1");
		return 1;
	}
	if (!strcmp(argv[1], "panic")) {
		/* No signal from user space kills PID 1, but a fault of its own does. */
		ptrace(PTRACE_GETREGS, 1, NULL, &registers);
		registers.rip = 0;
		ptrace(PTRACE_SETREGS, 1, NULL, &registers);
		ptrace(PTRACE_DETACH, 1, NULL, NULL);
	}
	for (;;)
		pause();
}
