// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `auto` decides, under a simulated clock: each case has a world in which
 * mapping, unmapping and copying take a time that is known, with noise, and says
 * how much of it may be spent.
 *
 * Usage: test-auto [SEED [CASE]]
 */
#include <stdarg.h>

#include "iommu-bounce-auto.h"
#include "shim.h"
#include "source.h"

#define MAX_IN_FLIGHT	256
#define PS		1000UL		/* picoseconds in a nanosecond */
/* Mappings of a job; what is over at once is no matter of throughput. */
#define JOB		500000UL

/* What `auto` costs by itself, as measured natively, in ps. */
#define CHOOSE_PS	1200
#define WATCHES_PS	700
#define CLOCK_PS	20000
#define SAMPLE_PS	20000

struct world {
	u64 c;			/* ns of mapping and unmapping directly */
	u32 noise;		/* per cent, up or down */
	u32 flush_every;	/* unmappings; 0: never */
	u64 flush;		/* ns that a flush takes; the policy in use is told */
	bool no_slots;
	u64 slots_from;		/* ps: none before */
	unsigned int in_flight;
	bool keep;		/* nothing is unmapped */
	u32 hiccup_every;	/* mappings; 0: never.  Then 200 us are lost. */
	bool hiccup_bounced;	/* 50 ms are lost when every second slot is taken */
	u32 (*size)(struct source *source);
	enum dma_data_direction dir;
};

enum policy { DIRECT, BOUNCE, AUTO };

struct mapping {
	u32 size;
	enum iommu_bounce_way way;
};

static u64 clock_ps;
static unsigned long bounced;
static unsigned long clock_reads;
static struct source source;
static unsigned int failures;
static const char *this_case;
static u32 fixed_size;
static struct iommu_bounce_auto *in_use;

u64 local_clock(void)
{
	clock_reads++;
	clock_ps += CLOCK_PS / 2;
	return clock_ps / PS;
}

static void expect(bool ok, const char *fmt, ...)
{
	va_list args;

	if (ok)
		return;
	printf("auto: %s: ", this_case);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	failures++;
}

/* Time goes by: with noise, and with the interrupt of a timer. */
static void spend(const struct world *world, u64 ps)
{
	static u64 next_interrupt;

	if (world->noise)
		ps = ps * (100 - world->noise + choose(&source, 2 * world->noise + 1)) / 100;
	clock_ps += ps;
	if (clock_ps > next_interrupt) {
		clock_ps += 40 * 1000 * PS;
		next_interrupt = clock_ps + 4 * 1000 * 1000 * PS;
	}
}

/* Two copies of 12 bytes a ns; and what a slot takes to find. */
static u64 copy_ps(u32 size)
{
	return size * PS / 12;
}

static void map(const struct world *world, struct mapping *mapping, bool bounce)
{
	if (world->hiccup_every && !choose(&source, world->hiccup_every))
		clock_ps += 200 * 1000 * PS;
	if (bounce && !world->no_slots && clock_ps >= world->slots_from) {
		mapping->way = IOMMU_BOUNCE_WAY_BOUNCED;
		if (bounced++ % 2 && world->hiccup_bounced)
			clock_ps += 50 * 1000 * 1000 * PS;
		spend(world, 30 * PS + copy_ps(mapping->size));
		return;
	}
	mapping->way = IOMMU_BOUNCE_WAY_DIRECT;
	spend(world, world->c * PS * 2 / 5);
}

static void unmap(const struct world *world, const struct mapping *mapping)
{
	static unsigned int unflushed;

	if (mapping->way == IOMMU_BOUNCE_WAY_BOUNCED) {
		spend(world, 20 * PS + (world->dir != DMA_TO_DEVICE ? copy_ps(mapping->size) : 0));
		return;
	}
	spend(world, world->c * PS * 3 / 5);
	if (world->flush_every && ++unflushed % world->flush_every == 0) {
		u64 start = clock_ps;

		spend(world, world->flush * PS);
		if (in_use)
			iommu_bounce_auto_flushed(in_use, (clock_ps - start) / PS,
						  world->flush_every);
	}
}

static void auto_map(struct iommu_bounce_auto *policy, const struct world *world,
		     struct mapping *mapping)
{
	unsigned int choice = iommu_bounce_auto_choose(policy, mapping->size, world->dir);
	bool sample = choice & IOMMU_BOUNCE_AUTO_SAMPLE;
	u64 start = sample ? local_clock() : 0;

	clock_ps += CHOOSE_PS;
	map(world, mapping, choice & IOMMU_BOUNCE_AUTO_BOUNCE);
	if (sample) {
		iommu_bounce_auto_mapped(policy, mapping->size, world->dir, choice, mapping->way,
					 local_clock() - start);
		clock_ps += SAMPLE_PS;
	}
}

static void auto_unmap(struct iommu_bounce_auto *policy, const struct world *world,
		       const struct mapping *mapping)
{
	bool watched = iommu_bounce_auto_watches(policy, mapping->size, world->dir);
	u64 start = watched ? local_clock() : 0;

	clock_ps += WATCHES_PS;
	unmap(world, mapping);
	if (watched) {
		iommu_bounce_auto_unmapped(policy, mapping->size, world->dir, mapping->way,
					   local_clock() - start);
		clock_ps += SAMPLE_PS;
	}
}

/* @nr mappings as @kind says; returns what they took, in ps. */
static u64 run(const struct world *world, enum policy kind, struct iommu_bounce_auto *policy,
	       unsigned long nr)
{
	struct mapping ring[MAX_IN_FLIGHT] = { 0 };
	u64 start = clock_ps;
	struct mapping *m;
	unsigned long i;

	in_use = kind == AUTO ? policy : NULL;
	for (i = 0; i < nr + world->in_flight; i++) {
		m = &ring[i % world->in_flight];
		if (i >= world->in_flight && !world->keep) {
			if (kind == AUTO)
				auto_unmap(policy, world, m);
			else
				unmap(world, m);
		}
		if (i >= nr)
			continue;
		m->size = world->size(&source);
		if (kind == AUTO)
			auto_map(policy, world, m);
		else
			map(world, m, kind == BOUNCE);
	}
	return clock_ps - start;
}

static struct iommu_bounce_auto *policy_new(void)
{
	struct iommu_bounce_auto *policy = iommu_bounce_auto_create(NULL);

	if (!policy)
		shim_die("out of memory");
	return policy;
}

static u32 one_size(struct source *s)
{
	(void)s;
	return fixed_size;
}

/* From 512 bytes to 1 MiB, each power of two as often. */
static u32 mixed_sizes(struct source *s)
{
	return 512U << choose(s, 12);
}

/* Sizes between two cells' limits, so that one cell has dear and cheap ones. */
static u32 odd_sizes(struct source *s)
{
	return 1 + choose(s, 16384);
}

static const struct world usual = {
	.c = 2000, .noise = 20, .in_flight = 64, .size = one_size, .dir = DMA_FROM_DEVICE,
};

static const u64 costs[] = { 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };

/* What `auto` takes beyond the better of the two, in parts of 10000. */
static long behind(const struct world *world, unsigned long nr)
{
	struct iommu_bounce_auto *policy = policy_new();
	u64 direct = run(world, DIRECT, NULL, nr), bounce = run(world, BOUNCE, NULL, nr);
	u64 best = min(direct, bounce), took = run(world, AUTO, policy, nr);
	long regret = ((long)took - (long)best) * 10000 / (long)best;

	iommu_bounce_auto_destroy(policy);
	return regret;
}

static void test_one_size(void)
{
	struct world world = usual;
	unsigned int i, shift;
	long regret, worst = -10000;

	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		for (shift = 9; shift <= 22; shift++) {
			world.c = costs[i];
			fixed_size = 1U << shift;
			regret = behind(&world, JOB);
			worst = max(worst, regret);
			expect(regret <= 200, "c %lu ns, %u bytes: %ld/10000 behind",
			       (long)world.c, fixed_size, regret);
		}
	}
	printf("# at most %ld.%02ld%% behind the better\n", worst / 100, worst % 100);
}

static void test_transmit(void)
{
	struct world world = usual;
	unsigned int i;
	long regret;

	world.dir = DMA_TO_DEVICE;
	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		world.c = costs[i];
		fixed_size = 16384;
		regret = behind(&world, JOB);
		expect(regret <= 200, "c %lu ns: %ld/10000 behind", (long)world.c, regret);
	}
}

static void test_mixed_sizes(void)
{
	struct world world = usual;
	unsigned int i;
	long regret;

	world.size = mixed_sizes;
	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		world.c = costs[i];
		regret = behind(&world, 1000000);
		printf("# c %lu ns: %ld.%02ld%% ahead of both\n", (long)world.c, -regret / 100,
		       labs(regret) % 100);
		expect(regret < 0, "c %lu ns: not ahead of both: %ld/10000 behind",
		       (long)world.c, regret);
	}
}

/* Sizes that one cell can't tell apart: no better than the better, but no worse. */
static void test_odd_sizes(void)
{
	struct world world = usual;
	unsigned int i;
	long regret;

	world.size = odd_sizes;
	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		world.c = costs[i];
		regret = behind(&world, 500000);
		expect(regret <= 200, "c %lu ns: %ld/10000 behind", (long)world.c, regret);
	}
}

static struct iommu_bounce_auto_info info_of(struct iommu_bounce_auto *policy, u32 size)
{
	struct iommu_bounce_auto_info info;

	iommu_bounce_auto_get_info(policy, iommu_bounce_auto_cell(size, DMA_FROM_DEVICE), &info);
	return info;
}

/* Where both ways cost the same, the way must not change all the time. */
static void test_hysteresis(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct iommu_bounce_auto_info info;
	struct world world = usual;

	fixed_size = 4096;
	world.c = 50 + 2 * copy_ps(fixed_size) / PS;
	run(&world, AUTO, policy, 5000000);
	info = info_of(policy, fixed_size);
	expect(info.switches <= 12, "%u changes where both ways cost the same", info.switches);
	expect(info.probes >= 20, "only %u probes", info.probes);
	iommu_bounce_auto_destroy(policy);
}

/* The IOMMU becomes dear, and cheap again, under load. */
static void test_follows(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	unsigned int i;

	fixed_size = 4096;
	for (i = 0; i < 6; i++) {
		world.c = i % 2 ? 5000 : 300;
		run(&world, AUTO, policy, i % 2 ? 100000 : 1000000);
		expect(info_of(policy, fixed_size).way == (i % 2 ? IOMMU_BOUNCE_WAY_BOUNCED :
							   IOMMU_BOUNCE_WAY_DIRECT),
		       "phase %u, c %lu ns: the way did not follow", i, (long)world.c);
	}
	iommu_bounce_auto_destroy(policy);
}

/*
 * What was far cheaper than the other way is not looked at for long.  When it becomes the
 * dearer one, that must not take as long.
 */
static void test_sudden(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;

	fixed_size = 262144;
	world.c = 200;
	run(&world, AUTO, policy, 3000000);
	world.c = 500000;
	run(&world, AUTO, policy, 100000);
	expect(info_of(policy, fixed_size).way == IOMMU_BOUNCE_WAY_BOUNCED,
	       "the IOMMU became dear 100000 mappings ago");
	iommu_bounce_auto_destroy(policy);
}

/* What interrupts one mapping in a thousand says nothing of its way. */
static void test_hiccups(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct iommu_bounce_auto_info info;
	struct world world = usual;
	u32 direct, bounce;

	fixed_size = 4096;
	direct = 900;
	bounce = 50 + 2 * copy_ps(fixed_size) / PS;
	world.c = direct;
	world.hiccup_every = 300;
	run(&world, AUTO, policy, 1500000);
	info = info_of(policy, fixed_size);
	expect(info.ns[IOMMU_BOUNCE_WAY_DIRECT] < direct * 5 / 4,
	       "directly %u ns, and it is %u", info.ns[IOMMU_BOUNCE_WAY_DIRECT], direct);
	expect(info.ns[IOMMU_BOUNCE_WAY_BOUNCED] < bounce * 5 / 4,
	       "bounced %u ns, and it is %u", info.ns[IOMMU_BOUNCE_WAY_BOUNCED], bounce);
	iommu_bounce_auto_destroy(policy);
}

/* The very first mappings are as likely to be interrupted as any. */
static void test_bad_start(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	u32 ns;

	fixed_size = 65536;
	world.in_flight = 1;
	world.hiccup_every = 1;
	run(&world, AUTO, policy, 2);
	world.hiccup_every = 0;
	run(&world, AUTO, policy, 100);
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_DIRECT];
	expect(ns < world.c * 5 / 4, "directly %u ns, and it is %lu", ns, (long)world.c);
	iommu_bounce_auto_destroy(policy);
}

/* Nor do the first samples after the first probe. */
static void test_bad_sample(void)
{
	const unsigned int choice = IOMMU_BOUNCE_AUTO_BOUNCE | IOMMU_BOUNCE_AUTO_SAMPLE;
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	u32 ns, bounce;

	fixed_size = 4096;
	bounce = 50 + 2 * copy_ps(fixed_size) / PS;
	world.in_flight = 1;
	run(&world, AUTO, policy, 100);
	iommu_bounce_auto_mapped(policy, fixed_size, DMA_FROM_DEVICE, choice,
				 IOMMU_BOUNCE_WAY_BOUNCED, 4000000);
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_BOUNCED];
	expect(ns && ns < 3 * bounce, "bounced %u ns, and it is %u", ns, bounce);
	iommu_bounce_auto_destroy(policy);
}

/* The first mappings are unmapped before the last of them is made, which is kept. */
static void test_first_unmappings(void)
{
	const unsigned int bounce = IOMMU_BOUNCE_AUTO_BOUNCE | IOMMU_BOUNCE_AUTO_SAMPLE;
	struct iommu_bounce_auto *policy = policy_new();
	unsigned int i, choice;
	u32 ns;

	fixed_size = 4096;
	for (i = 0; i < 100; i++) {
		choice = iommu_bounce_auto_choose(policy, fixed_size, DMA_FROM_DEVICE);
		if ((choice & bounce) == bounce)
			break;
		iommu_bounce_auto_mapped(policy, fixed_size, DMA_FROM_DEVICE, choice,
					 IOMMU_BOUNCE_WAY_DIRECT, 3000);
		choice = iommu_bounce_auto_choose(policy, fixed_size, DMA_FROM_DEVICE);
		if ((choice & bounce) != bounce)
			iommu_bounce_auto_unmapped(policy, fixed_size, DMA_FROM_DEVICE,
						   IOMMU_BOUNCE_WAY_DIRECT, 2000);
	}
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_DIRECT];
	expect(ns == 5000, "directly %u ns, and it is 5000", ns);
	iommu_bounce_auto_destroy(policy);
}

/* A probe of the way that is far dearer has two mappings only, and one is interrupted. */
static void test_bad_probe(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	u32 ns, bounce;

	fixed_size = 262144;
	bounce = 50 + 2 * copy_ps(fixed_size) / PS;
	world.c = 200;
	world.hiccup_bounced = true;
	run(&world, AUTO, policy, 3000000);
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_BOUNCED];
	expect(ns < bounce * 5 / 4, "bounced %u ns, and it is %u", ns, bounce);
	iommu_bounce_auto_destroy(policy);
}

/* A clock is read for few mappings, also when probes are cheap. */
static void test_clock(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	const unsigned long nr = 1000000;
	struct world world = usual;
	unsigned int i;

	fixed_size = 4096;
	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		world.c = costs[i];
		run(&world, AUTO, policy, nr);
		clock_reads = 0;
		run(&world, AUTO, policy, nr);
		expect(clock_reads < nr / 25, "c %lu ns: the clock was read %lu times in %lu",
		       (long)world.c, clock_reads, nr);
		expect(clock_reads > nr / 1000, "c %lu ns: the clock was read %lu times only",
		       (long)world.c, clock_reads);
	}
	iommu_bounce_auto_destroy(policy);
}

/* A pool that never has a slot costs no more than direct mappings. */
static void test_no_slots(void)
{
	struct world world = usual;
	unsigned int i;
	long regret;

	world.no_slots = true;
	fixed_size = 4096;
	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		world.c = costs[i];
		regret = behind(&world, JOB);
		expect(regret <= 200, "c %lu ns: %ld/10000 behind", (long)world.c, regret);
	}
}

/* The worker makes slots some time after they were first missed. */
static void test_late_slots(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;

	fixed_size = 4096;
	world.slots_from = clock_ps + 20 * 1000 * 1000 * PS;
	run(&world, AUTO, policy, 60000);
	expect(info_of(policy, fixed_size).way == IOMMU_BOUNCE_WAY_BOUNCED,
	       "slots that came after 20 ms are not used after 120 ms");
	iommu_bounce_auto_destroy(policy);
}

/* Mappings that are kept tell nothing, and asking them must end. */
static void test_kept(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct iommu_bounce_auto_info info;
	struct world world = usual;

	fixed_size = 4096;
	world.keep = true;
	clock_reads = 0;
	bounced = 0;
	run(&world, AUTO, policy, 1000000);
	info = info_of(policy, fixed_size);
	expect(bounced < 20000, "%lu mappings that are kept were bounced", bounced);
	expect(!info.switches, "%u changes, and nothing was unmapped", info.switches);
	expect(clock_reads < 20000, "the clock was read %lu times", clock_reads);
	iommu_bounce_auto_destroy(policy);
}

/* A task counts down to 0 and moves to another CPU before it counts up again. */
static void test_moved(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;

	fixed_size = 4096;
	run(&world, AUTO, policy, 100000);
	per_cpu_ptr(policy->cpu, shim_cpu)->left = 0;
	clock_reads = 0;
	run(&world, AUTO, policy, 2000);
	expect(clock_reads, "a CPU takes no samples any more");
	iommu_bounce_auto_destroy(policy);
}

/* All CPUs look at what a sample changes: the more there are, the fewer samples each takes. */
static void test_many_cpus(void)
{
	unsigned long reads[2];
	unsigned int i;

	fixed_size = 4096;
	for (i = 0; i < 2; i++) {
		struct iommu_bounce_auto *policy;
		struct world world = usual;

		shim_online_cpus = i ? 64 : SHIM_CPUS;
		policy = policy_new();
		run(&world, AUTO, policy, 1000000);
		clock_reads = 0;
		run(&world, AUTO, policy, 1000000);
		reads[i] = clock_reads;
		iommu_bounce_auto_destroy(policy);
	}
	shim_online_cpus = SHIM_CPUS;
	expect(reads[1] && reads[1] * 4 < reads[0], "%lu readings of the clock, and of 64 CPUs %lu",
	       reads[0], reads[1]);
}

/* A clock that stands still for a while, as one does that ticks rarely. */
static void test_clock_stands(void)
{
	const unsigned int choice = IOMMU_BOUNCE_AUTO_SAMPLE;
	struct iommu_bounce_auto *policy = policy_new();
	unsigned int i, ns;

	fixed_size = 4096;
	for (i = 0; i < 1000; i++) {
		ns = i < 100 ? 0 : 3000;
		iommu_bounce_auto_mapped(policy, fixed_size, DMA_FROM_DEVICE, choice,
					 IOMMU_BOUNCE_WAY_DIRECT, ns);
		iommu_bounce_auto_unmapped(policy, fixed_size, DMA_FROM_DEVICE,
					   IOMMU_BOUNCE_WAY_DIRECT, ns);
	}
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_DIRECT];
	expect(ns > 5000 && ns < 7000, "%u ns, and it is 6000", ns);
	iommu_bounce_auto_destroy(policy);
}

/* Whatever a clock may tell, and however long it goes on: no overflow, no endless wait. */
static void test_extremes(void)
{
	static const u64 times[] = { 0, 1, 1000, U32_MAX, LLONG_MAX, ULLONG_MAX };
	struct iommu_bounce_auto *policy = policy_new();
	struct iommu_bounce_auto_info info;
	enum iommu_bounce_way way;
	unsigned int i, choice;
	u64 kind = 0;

	fixed_size = 4096;
	for (i = 0; i < 3000000; i++) {
		if (i % 4096 == 0)
			kind = choose(&source, 8);
		choice = iommu_bounce_auto_choose(policy, fixed_size, DMA_FROM_DEVICE);
		way = choice & IOMMU_BOUNCE_AUTO_BOUNCE ? IOMMU_BOUNCE_WAY_BOUNCED :
							  IOMMU_BOUNCE_WAY_DIRECT;
		if (choice & IOMMU_BOUNCE_AUTO_SAMPLE)
			iommu_bounce_auto_mapped(policy, fixed_size, DMA_FROM_DEVICE, choice, way,
						 times[kind < 6 ? kind : choose(&source, 6)]);
		if (iommu_bounce_auto_watches(policy, fixed_size, DMA_FROM_DEVICE))
			iommu_bounce_auto_unmapped(policy, fixed_size, DMA_FROM_DEVICE, way,
						   times[choose(&source, 6)]);
		info = info_of(policy, fixed_size);
		if (info.ns[0] > 1U << 27 || info.ns[1] > 1U << 27)
			break;
	}
	expect(i == 3000000, "mapping %u: %u and %u ns", i, info.ns[0], info.ns[1]);
	expect(info.samples[0] && info.samples[1], "only one way was tried");

	/* Times that can be believed are believed again. */
	run(&usual, AUTO, policy, 1000000);
	info = info_of(policy, fixed_size);
	expect(info.ns[info.way] < 2500, "%u ns directly, %u bounced, way %u",
	       info.ns[IOMMU_BOUNCE_WAY_DIRECT], info.ns[IOMMU_BOUNCE_WAY_BOUNCED], info.way);
	iommu_bounce_auto_destroy(policy);
}

/* Half of the cost is a flush for every 256th unmapping: each has its share. */
static void test_lazy(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	long regret;
	u32 ns;

	fixed_size = 65536;
	world.c = 1000;
	world.flush_every = 256;
	world.flush = 256000;
	run(&world, AUTO, policy, 1000000);
	ns = info_of(policy, fixed_size).ns[IOMMU_BOUNCE_WAY_DIRECT];
	expect(ns > 1900 && ns < 2200, "%u ns, and it is 2000 and the clock", ns);
	iommu_bounce_auto_destroy(policy);

	/* 2830 ns bounced, 2000 directly but for the flush, 3000 with it. */
	fixed_size = 16384;
	world.c = 2000;
	regret = behind(&world, JOB);
	expect(regret <= 200, "%ld/10000 behind with flushes", regret);
}

/* Slots that are all taken for long come back later. */
static void test_slots_vanish(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	struct world world = usual;
	unsigned long reads;

	fixed_size = 4096;
	world.c = 5000;
	run(&world, AUTO, policy, 100000);
	expect(info_of(policy, fixed_size).way == IOMMU_BOUNCE_WAY_BOUNCED,
	       "mapped directly with slots");
	world.no_slots = true;
	reads = clock_reads;
	run(&world, AUTO, policy, 1000000);
	expect(info_of(policy, fixed_size).way == IOMMU_BOUNCE_WAY_DIRECT,
	       "bounced without slots");
	expect(clock_reads - reads < 20000, "%lu readings of the clock for 1000000 mappings",
	       clock_reads - reads);
	world.no_slots = false;
	run(&world, AUTO, policy, 1000000);
	expect(info_of(policy, fixed_size).way == IOMMU_BOUNCE_WAY_BOUNCED,
	       "mapped directly with slots again");
	iommu_bounce_auto_destroy(policy);
}

/* What is known in one cell says nothing in another. */
static void test_cells(void)
{
	static const struct {
		size_t size;
		enum dma_data_direction dir;
		unsigned int cell;
	} cells[] = {
		{ 1, DMA_TO_DEVICE, 0 }, { 512, DMA_TO_DEVICE, 0 }, { 512, DMA_FROM_DEVICE, 1 },
		{ 512, DMA_BIDIRECTIONAL, 1 }, { 513, DMA_TO_DEVICE, 2 },
		{ 1024, DMA_TO_DEVICE, 2 },
		{ 1025, DMA_TO_DEVICE, 4 }, { 4096, DMA_TO_DEVICE, 6 }, { 4097, DMA_TO_DEVICE, 8 },
		{ IOMMU_BOUNCE_AUTO_LARGEST, DMA_FROM_DEVICE, IOMMU_BOUNCE_AUTO_CELLS - 1 },
		{ IOMMU_BOUNCE_AUTO_LARGEST + 1, DMA_TO_DEVICE, IOMMU_BOUNCE_AUTO_CELLS - 2 },
		{ SIZE_MAX, DMA_BIDIRECTIONAL, IOMMU_BOUNCE_AUTO_CELLS - 1 },
	};
	struct iommu_bounce_auto *policy = policy_new();
	struct iommu_bounce_auto_info info;
	struct world world = usual;
	unsigned int i, used = 0;

	for (i = 0; i < ARRAY_SIZE(cells); i++)
		expect(iommu_bounce_auto_cell(cells[i].size, cells[i].dir) == cells[i].cell,
		       "%zu bytes are in cell %u", cells[i].size,
		       iommu_bounce_auto_cell(cells[i].size, cells[i].dir));
	fixed_size = 3000;
	run(&world, AUTO, policy, 10000);
	for (i = 0; i < IOMMU_BOUNCE_AUTO_CELLS; i++)
		used += iommu_bounce_auto_get_info(policy, i, &info);
	expect(used == 1, "%u cells were used", used);
	info = info_of(policy, 4096);
	expect(info.size == 4096 && info.copies_back, "the cell of 4096 bytes is %zu %d", info.size,
	       info.copies_back);
	expect(info.way == IOMMU_BOUNCE_WAY_BOUNCED &&
	       info.ns[IOMMU_BOUNCE_WAY_DIRECT] > info.ns[IOMMU_BOUNCE_WAY_BOUNCED],
	       "3000 bytes: %u ns directly, %u ns bounced", info.ns[IOMMU_BOUNCE_WAY_DIRECT],
	       info.ns[IOMMU_BOUNCE_WAY_BOUNCED]);
	iommu_bounce_auto_destroy(policy);
}

/* How many of the next ranges @policy wants in parts. */
static unsigned int parts_of(struct iommu_bounce_auto *policy)
{
	unsigned int i, parts = 0;

	for (i = 0; i < IOMMU_BOUNCE_AUTO_RANGES; i++)
		parts += iommu_bounce_auto_parts(policy, fixed_size);
	return parts;
}

/* A range shares what unmapping takes, which is three fifths of @c here. */
static void test_ranges(void)
{
	static const struct {
		u64 c;
		bool parts;
	} costs_of_parts[] = { { 300, false }, { 1200, false }, { 1500, false }, { 3000, true } };
	struct iommu_bounce_auto *policy;
	struct world world = usual;
	unsigned int i, parts;

	fixed_size = 4096;
	for (i = 0; i < ARRAY_SIZE(costs_of_parts); i++) {
		policy = policy_new();
		parts = parts_of(policy);
		expect(parts == IOMMU_BOUNCE_AUTO_RANGES,
		       "nothing is known, and %u ranges are made in parts", parts);
		world.c = costs_of_parts[i].c;
		run(&world, AUTO, policy, 100000);
		parts = parts_of(policy);
		expect(parts == (costs_of_parts[i].parts ? IOMMU_BOUNCE_AUTO_RANGES : 1),
		       "c %lu ns: %u ranges are made in parts", (long)world.c, parts);
		iommu_bounce_auto_destroy(policy);
	}

	/* One direction pays and the other does not: a range may be of either. */
	for (i = 0; i < 2; i++) {
		policy = policy_new();
		world.c = 3000;
		world.dir = i ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
		run(&world, AUTO, policy, 100000);
		parts = parts_of(policy);
		expect(parts == IOMMU_BOUNCE_AUTO_RANGES, "one direction: %u in parts", parts);
		world.c = 300;
		world.dir = i ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
		run(&world, AUTO, policy, 100000);
		parts = parts_of(policy);
		expect(parts == 1, "directions differ: %u in parts", parts);
		iommu_bounce_auto_destroy(policy);
	}

	/* Ranges whose parts have another size than was thought. */
	policy = policy_new();
	parts_of(policy);
	parts = parts_of(policy);
	expect(parts == 1, "nothing is learned of parts, and %u ranges are made so", parts);
	iommu_bounce_auto_destroy(policy);
}

/* Another CPU is telling: this one leaves out what it has, and does not wait. */
static void test_busy(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	unsigned long flags;
	struct world world = usual;

	fixed_size = 4096;
	if (!spin_trylock_irqsave(&policy->lock, flags))
		shim_die("the lock of a new policy is taken");
	run(&world, AUTO, policy, 1000);
	spin_unlock_irqrestore(&policy->lock, flags);
	expect(!info_of(policy, fixed_size).samples[0], "a sample was taken without the lock");
	iommu_bounce_auto_destroy(policy);
}

/* What other CPUs began to map before the probe does not end it. */
static void test_late_samples(void)
{
	struct iommu_bounce_auto *policy = policy_new();
	unsigned int i;

	/* Five are dear enough to try the other way, and eight come late. */
	for (i = 0; i < 5 + 8; i++)
		iommu_bounce_auto_mapped(policy, 4096, DMA_FROM_DEVICE, IOMMU_BOUNCE_AUTO_SAMPLE,
					 IOMMU_BOUNCE_WAY_DIRECT, 100000);
	expect(iommu_bounce_auto_choose(policy, 4096, DMA_FROM_DEVICE) & IOMMU_BOUNCE_AUTO_BOUNCE,
	       "the first probe ended before its first mapping");
	iommu_bounce_auto_destroy(policy);
}

static void test_no_memory(void)
{
	unsigned int i;

	for (i = 1; i <= 2; i++) {
		shim.calls = 0;
		shim.fail_at = i;
		expect(!iommu_bounce_auto_create(NULL), "made without memory, allocation %u", i);
	}
	shim.fail_at = 0;
	iommu_bounce_auto_destroy(NULL);
}

#define CASE(name)	{ #name, test_ ## name }
static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(cells), CASE(one_size), CASE(transmit), CASE(mixed_sizes), CASE(odd_sizes),
	CASE(hysteresis), CASE(follows), CASE(sudden), CASE(hiccups), CASE(bad_start),
	CASE(bad_sample), CASE(first_unmappings), CASE(bad_probe), CASE(clock),
	CASE(no_slots), CASE(slots_vanish), CASE(late_slots), CASE(kept), CASE(moved),
	CASE(many_cpus),
	CASE(clock_stands), CASE(extremes), CASE(lazy), CASE(ranges), CASE(busy),
	CASE(late_samples), CASE(no_memory),
};

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? number(argv[1], "SEED", 1, ULONG_MAX) : 1;
	unsigned int i, passed = 0, ran = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int before = failures;

		if (argc > 2 && strcmp(argv[2], cases[i].name))
			continue;
		this_case = cases[i].name;
		source.state = seed;
		ran++;
		cases[i].run();
		expect(!shim.objects, "%ld objects are not freed", shim.objects);
		printf("%s - %s\n", failures == before ? "ok" : "not ok", this_case);
		passed += failures == before;
	}
	printf("auto: %u passed, %u failed, seed %lu\n", passed, ran - passed, seed);
	return !ran || failures;
}
