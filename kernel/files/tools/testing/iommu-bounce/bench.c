// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cost of a cached slot: acquire and release, nothing copied.
 *
 * Usage: bench [ROUNDS]
 *
 * Two threads on one pool are set against two processes that share nothing, and
 * against two threads that use the magazines of one CPU: one lock for all, as a
 * pool without magazines would have for a class.  Time is each thread's CPU time,
 * which has the waiting for a lock in it but not the other load on the machine;
 * the three take turns, and the medians count.  Fails if they miss the goals below.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "iommu-bounce-pool.h"
#include "shim.h"
#include "source.h"

#define PAIRS		2000000
#define HELD		8	/* slots in use at a time */
#define MAX_ROUNDS	101

/* What the pool promises, on any machine of this decade. */
#define MAX_PAIR_NS	60.0
#define MIN_RATIO	0.93

static const struct iommu_bounce_dev dev = { .owner = 1, .limit = 0xfffffff };

struct job {
	struct iommu_bounce_pool *pool;
	unsigned int cpu;		/* of the pool's */
	unsigned int place;		/* CPU of the machine */
	pthread_barrier_t *barrier;
	double seconds;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void pairs(struct iommu_bounce_pool *pool, unsigned long nr)
{
	struct iommu_bounce_slot *slots[HELD];
	unsigned int i;

	for (; nr >= HELD; nr -= HELD) {
		for (i = 0; i < HELD; i++)
			if (iommu_bounce_acquire(pool, &dev, 4096, IOMMU_READ | IOMMU_CACHE,
						 IOMMU_BOUNCE_MANDATORY, &slots[i]))
				shim_die("no slot");
		for (i = 0; i < HELD; i++)
			iommu_bounce_release(pool, slots[i]);
	}
}

static struct iommu_bounce_pool *pool_new(void)
{
	static struct iova_domain iovads[4];
	static unsigned int used;
	struct iova_domain *iovad = &iovads[used++];

	return iommu_bounce_pool_create(shim_domain_new(iovad, 4096, 0, 0xfffffff), iovad,
					SHIM_NODE);
}

static void *job(void *arg)
{
	struct job *job = arg;
	cpu_set_t cpus;
	double start;

	/* Side by side, whatever else is running. */
	CPU_ZERO(&cpus);
	CPU_SET(job->place, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	shim_cpu = job->cpu;
	pairs(job->pool, 1000);
	pthread_barrier_wait(job->barrier);
	start = now();
	pairs(job->pool, PAIRS);
	job->seconds = now() - start;
	return NULL;
}

/* Pairs a second of two threads, on CPUs @a and @b of the pool's. */
static double two_threads(struct iommu_bounce_pool *pool, unsigned int a, unsigned int b)
{
	pthread_barrier_t barrier;
	struct job jobs[2] = { { pool, a, 0, &barrier, 0 }, { pool, b, 1, &barrier, 0 } };
	pthread_t threads[2];
	unsigned int i;

	pthread_barrier_init(&barrier, NULL, 2);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, job, &jobs[i]);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return PAIRS / jobs[0].seconds + PAIRS / jobs[1].seconds;
}

static double two_processes(struct iommu_bounce_pool *pool)
{
	struct shared {
		pthread_barrier_t barrier;
		struct job jobs[2];
	} *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;
	double rate;
	int i;

	if (shared == MAP_FAILED)
		shim_die("mmap");
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->barrier, &attr, 2);
	for (i = 0; i < 2; i++) {
		shared->jobs[i] = (struct job){ pool, i, i, &shared->barrier, 0 };
		if (!fork()) {
			job(&shared->jobs[i]);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++)
		wait(NULL);
	rate = PAIRS / shared->jobs[0].seconds + PAIRS / shared->jobs[1].seconds;
	munmap(shared, sizeof(*shared));
	return rate;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2];
}

int main(int argc, char **argv)
{
	double one[MAX_ROUNDS], threads[MAX_ROUNDS], processes[MAX_ROUNDS], locked[MAX_ROUNDS];
	double ratio[MAX_ROUNDS];
	int round, rounds = argc > 1 ? number(argv[1], "ROUNDS", 1, MAX_ROUNDS) : 15;
	struct iommu_bounce_pool *pool = pool_new();
	double start;

	for (round = 0; round < rounds; round++) {
		pairs(pool, 1000);
		start = now();
		pairs(pool, PAIRS);
		one[round] = (now() - start) / PAIRS * 1e9;
		processes[round] = two_processes(pool);
		threads[round] = two_threads(pool, 0, 1);
		locked[round] = two_threads(pool, 0, 0);
		ratio[round] = threads[round] / processes[round];
	}
	printf("one thread, one pair:   %6.1f ns\n", median(one, rounds));
	printf("two processes:          %6.1f million pairs/s\n", median(processes, rounds) / 1e6);
	printf("two threads:            %6.1f million pairs/s\n", median(threads, rounds) / 1e6);
	printf("two threads, one lock:  %6.1f million pairs/s\n", median(locked, rounds) / 1e6);
	printf("threads to processes:   %6.3f\n", median(ratio, rounds));
	iommu_bounce_pool_destroy(pool);
	if (median(one, rounds) > MAX_PAIR_NS || median(ratio, rounds) < MIN_RATIO) {
		fprintf(stderr, "bench: missed: at most %.0f ns, at least %.2f\n", MAX_PAIR_NS,
			MIN_RATIO);
		return 1;
	}
	return 0;
}
