# SPDX-License-Identifier: GPL-2.0
# bench plans measurements and judges them; vm-run makes them.
PROGRAMS += $(OUT)/bin/bench
TEST_PROGRAMS += $(OUT)/asan/bench $(OUT)/asan/bench-test

# It reads what fio says with the parts that vm-run has for it.
BENCH_HEADERS := $(wildcard scripts/bench/*.h scripts/lib/*.h) $(VM_HEADERS)
BENCH_PARTS := $(wildcard scripts/bench/*.c) $(patsubst %,scripts/vm/%.c,result ktap igt fio text)

$(OUT)/bin/bench: $(BENCH_PARTS) $(LIB) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Iscripts/vm $(filter %.c %.a,$^) -ljansson -o $@

$(OUT)/asan/bench: $(BENCH_PARTS) $(LIB_SANITIZED) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -Iscripts/vm $(filter %.c %.a,$^) -ljansson -o $@

# The statistics, held against values from tables.
$(OUT)/asan/bench-test: scripts/tests/bench/stats-test.c $(LIB_SANITIZED) scripts/lib/stats.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(filter %.c %.a,$^) -lm -o $@
