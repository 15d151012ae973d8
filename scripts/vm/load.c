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
	unsigned long long idle = 0, iowait = 0, steal = 0;
	char *text = read_file("/proc/stat", NULL);
	double tick = sysconf(_SC_CLK_TCK);

	/*
	 * What is not idle, as the kernel only knows exactly how long a processor was idle: its
	 * other times may be counted by ticks, which miss what sleeps at each of them.
	 */
	if (!text || sscanf(text, "cpu %*u %*u %*u %llu %llu %*u %*u %llu", &idle, &iowait,
			    &steal) != 3)
		die("/proc/stat does not begin with the time of all processors");
	free(text);
	return (struct load){
		.others = sysconf(_SC_NPROCESSORS_ONLN) * now_seconds() -
			  (idle + iowait + steal) / tick - seconds_of(RUSAGE_SELF) -
			  seconds_of(RUSAGE_CHILDREN),
		.steal = steal / tick,
	};
}

struct load load_since(struct load then)
{
	struct load now = load_now();

	return (struct load){ now.others - then.others, now.steal - then.steal };
}
