# SPDX-License-Identifier: GPL-2.0
# bench plans measurements and judges them; vm-run makes them.
PROGRAMS += $(OUT)/bin/bench $(OUT)/asan/bench $(OUT)/asan/bench-test

# It reads what fio says with the parts that vm-run has for it.
BENCH_SOURCES := $(wildcard scripts/bench/*.c) $(addprefix scripts/vm/,result.c ktap.c igt.c fio.c text.c)

$(OUT)/obj/scripts/bench/%.o $(OUT)/asan/obj/scripts/bench/%.o: FOLDER_CFLAGS := -Iscripts/vm

$(OUT)/bin/bench: $(call objects,$(BENCH_SOURCES)) $(LIB)
	$(call link,-ljansson)

$(OUT)/asan/bench: $(call sanitized,$(BENCH_SOURCES)) $(LIB_SANITIZED)
	$(call link,$(SANITIZE) -ljansson)

# The statistics, held against values from tables.
$(OUT)/asan/bench-test: $(call sanitized,scripts/tests/bench/stats-test.c) $(LIB_SANITIZED)
	$(call link,$(SANITIZE) -lm)
