// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accel.h"
#include "machine.h"
#include "util.h"

bool accel_may_be_kvm(const struct machine *m)
{
	return *m->kvm && !access("/dev/kvm", R_OK | W_OK);
}

/* Names the boot of the host, so that an answer of another boot isn't found. */
static char *answer_path(const struct machine *m)
{
	char *boot = read_file("/proc/sys/kernel/random/boot_id", NULL);
	char *dir = cache_dir(), *path;

	if (boot)
		boot[strcspn(boot, "\n")] = '\0';
	make_dirs(dir);
	path = xasprintf("%s/accel-%s-%s", dir, m->qemu, boot ?: "unknown");
	free(boot);
	free(dir);
	return path;
}

const char *accel_recall(const struct machine *m)
{
	char *path = answer_path(m), *answer = read_file(path, NULL);
	const char *accel = NULL;

	if (answer && !strcmp(answer, "kvm\n"))
		accel = "kvm";
	else if (answer && !strcmp(answer, "tcg\n"))
		accel = "tcg";
	free(answer);
	free(path);
	return accel;
}

void accel_remember(const struct machine *m, const char *accel)
{
	char *path = answer_path(m);
	FILE *f = file_begin(path);

	fprintf(f, "%s\n", accel);
	file_commit(f, path);
	free(path);
}
