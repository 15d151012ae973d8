# SPDX-License-Identifier: GPL-2.0
PROGRAMS += $(OUT)/bin/summary

$(OUT)/bin/summary: $(call objects,scripts/summary/summary.c) $(LIB)
	$(call link,-ljansson)
