# SPDX-License-Identifier: GPL-2.0
# dma-audit, and the same under the sanitizers for its tests.
AUDIT_SOURCES := $(wildcard cocci/dma-audit/*.c)
AUDIT_OBJECTS := $(notdir $(AUDIT_SOURCES:.c=.o))

PROGRAMS += $(OUT)/bin/dma-audit
TEST_PROGRAMS += $(OUT)/asan/dma-audit

$(OUT)/bin/dma-audit: $(addprefix $(OUT)/dma-audit/,$(AUDIT_OBJECTS)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -lsqlite3 -ljansson -o $@

$(OUT)/asan/dma-audit: $(addprefix $(OUT)/asan/audit/,$(AUDIT_OBJECTS)) $(LIB_SANITIZED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $^ -lsqlite3 -ljansson -o $@

$(OUT)/dma-audit/%.o: cocci/dma-audit/%.c $(wildcard cocci/dma-audit/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(OUT)/asan/audit/%.o: cocci/dma-audit/%.c $(wildcard cocci/dma-audit/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -c $< -o $@
