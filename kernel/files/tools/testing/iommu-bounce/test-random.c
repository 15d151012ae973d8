// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random sequences of operations against the model.
 *
 * Usage: test-random [OPERATIONS [SEED [GRANULE]]], OPERATIONS for each
 * configuration.  The lines it prints have what is needed to run each again; the
 * last one says how many operations there were.
 */
#include <malloc.h>
#include <time.h>

#include "model.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static unsigned long run(unsigned long ops, u64 seed, u32 granule, bool noncoherent)
{
	struct source source = { .state = seed };
	struct model_config config = {
		.granule = granule,
		.noncoherent = noncoherent,
		.reserve = seed & 1,
		.start = seed & 2 ? 0x200000000ULL : 0,
		.max_mappings = 96,
	};
	struct model model;
	double start = now();

	config.end = config.start + 0x1fffffff;
	printf("random: page %lu granule %u %s seed %llu: ", PAGE_SIZE, granule,
	       noncoherent ? "noncoherent" : "coherent", (unsigned long long)seed);
	fflush(stdout);
	model_init(&model, &config, &source);
	while (model.ops < ops)
		model_step(&model);
	printf("%lu operations, %lu maps, %lu bounced, %lu refused, %.0f operations/s\n",
	       model.ops, model.mapped, model.bounced, model.failed,
	       model.ops / (now() - start));
	model_finish(&model);
	return model.ops;
}

int main(int argc, char **argv)
{
	unsigned long ops = argc > 1 ? number(argv[1], "OPERATIONS", 1, ULONG_MAX) : 20000;
	u64 seed = argc > 2 ? number(argv[2], "SEED", 1, ULONG_MAX) : (u64)time(NULL);
	u32 granules[] = { 4096, 16384, 65536 }, i;
	unsigned long done = 0;

	if (argc > 3) {
		granules[0] = number(argv[3], "GRANULE", 4096, 65536);
		if (granules[0] & (granules[0] - 1)) {
			fprintf(stderr, "GRANULE %u is no power of two\n", granules[0]);
			return 2;
		}
	}
	/* What the model frees it soon takes again: the kernel need not zero it anew. */
	mallopt(M_MMAP_THRESHOLD, SZ_16M);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	for (i = 0; i < (argc > 3 ? 1 : 3); i++) {
		done += run(ops, seed + i, granules[i], false);
		done += run(ops, seed + i, granules[i], true);
	}
	printf("random: %lu operations\n", done);
	return 0;
}
