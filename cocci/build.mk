# SPDX-License-Identifier: GPL-2.0
# dma-audit, the same under the sanitizers for its tests, and what shows its page
# to a browser there.
AUDIT_SOURCES := $(wildcard cocci/dma-audit/*.c)
AUDIT_OBJECTS := $(notdir $(AUDIT_SOURCES:.c=.o)) page-files.o

PROGRAMS += $(OUT)/bin/dma-audit
TEST_PROGRAMS += $(OUT)/asan/dma-audit $(OUT)/asan/browse

$(OUT)/bin/dma-audit: $(addprefix $(OUT)/dma-audit/,$(AUDIT_OBJECTS)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -lsqlite3 -ljansson -o $@

$(OUT)/asan/dma-audit: $(addprefix $(OUT)/asan/audit/,$(AUDIT_OBJECTS)) $(LIB_SANITIZED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $^ -lsqlite3 -ljansson -o $@

$(OUT)/asan/browse: cocci/tests/browse.c $(LIB_SANITIZED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $^ -ljansson -o $@

$(OUT)/dma-audit/%.o: cocci/dma-audit/%.c $(wildcard cocci/dma-audit/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(OUT)/dma-audit/page-files.o $(OUT)/asan/audit/page-files.o: cocci/dma-audit/page-files.S \
		$(addprefix cocci/dma-audit/page.,html css js)
	@mkdir -p $(@D)
	$(CC) -c $< -o $@

$(OUT)/asan/audit/%.o: cocci/dma-audit/%.c $(wildcard cocci/dma-audit/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -c $< -o $@
