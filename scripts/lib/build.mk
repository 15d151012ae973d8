# SPDX-License-Identifier: GPL-2.0
LIB_SOURCES := $(addprefix scripts/lib/,conf.c json.c options.c random.c stats.c util.c)

PROGRAMS += $(OUT)/bin/build-progress

$(LIB): $(call objects,$(LIB_SOURCES))
	@mkdir -p $(@D)
	$(AR) rcs $@ $^

$(LIB_SANITIZED): $(call sanitized,$(LIB_SOURCES))
	@mkdir -p $(@D)
	$(AR) rcs $@ $^

$(OUT)/bin/build-progress: $(call objects,scripts/lib/build-progress.c) $(LIB)
	$(link)
