# SPDX-License-Identifier: GPL-2.0
PROGRAMS += $(OUT)/bin/summary

$(OUT)/bin/summary: scripts/summary/summary.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -ljansson -o $@
