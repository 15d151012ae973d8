# SPDX-License-Identifier: GPL-2.0
# igt-run reads and writes results with the parts that vm-run has for it.
PROGRAMS += $(OUT)/bin/igt-run

IGT_RUN_PARTS := $(basename $(notdir $(wildcard scripts/igt-run/*.c)))
IGT_RUN_SHARED := result ktap igt fio tap text

$(OUT)/igt-run/%.o: scripts/igt-run/%.c $(wildcard scripts/igt-run/*.h) $(VM_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Iscripts/vm -isystem /usr/include/libdrm -c $< -o $@

$(OUT)/bin/igt-run: $(IGT_RUN_PARTS:%=$(OUT)/igt-run/%.o) $(IGT_RUN_SHARED:%=$(OUT)/vm/%.o) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -ljansson -o $@
