// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"
#include "util.h"

static double seconds_of(int who)
{
	struct rusage r;

	getrusage(who, &r);
	return r.ru_utime.tv_sec + r.ru_stime.tv_sec +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

struct load load_now(void)
{
	unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0;
	char *text = read_file("/proc/stat", NULL);
	double tick = sysconf(_SC_CLK_TCK);

	/* Idle time and that of waiting for disks is between. */
	if (!text || sscanf(text, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice,
			    &system, &irq, &softirq, &steal) != 6)
		die("/proc/stat does not begin with the time of all processors");
	free(text);
	return (struct load){
		.others = (user + nice + system + irq + softirq) / tick - seconds_of(RUSAGE_SELF) -
			  seconds_of(RUSAGE_CHILDREN),
		.steal = steal / tick,
	};
}

struct load load_since(struct load then)
{
	struct load now = load_now();

	return (struct load){ now.others - then.others, now.steal - then.steal };
}
