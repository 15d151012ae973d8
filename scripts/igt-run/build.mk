# SPDX-License-Identifier: GPL-2.0
# igt-run reads and writes results with the parts that vm-run has for it.
PROGRAMS += $(OUT)/bin/igt-run

IGT_RUN_SOURCES := $(wildcard scripts/igt-run/*.c) \
	$(addprefix scripts/vm/,result.c ktap.c igt.c fio.c tap.c text.c)

$(OUT)/obj/scripts/igt-run/%.o: FOLDER_CFLAGS := -Iscripts/vm -isystem /usr/include/libdrm

$(OUT)/bin/igt-run: $(call objects,$(IGT_RUN_SOURCES)) $(LIB)
	$(call link,-ljansson)
