# SPDX-License-Identifier: GPL-2.0
# dma-audit, the same under the sanitizers for its tests, and what shows its page
# to a browser there.
AUDIT_SOURCES := $(wildcard cocci/dma-audit/*.c)
AUDIT_PAGE := $(OUT)/obj/cocci/dma-audit/page-files.o

PROGRAMS += $(OUT)/bin/dma-audit $(OUT)/asan/dma-audit $(OUT)/asan/browse

$(OUT)/bin/dma-audit: $(call objects,$(AUDIT_SOURCES)) $(AUDIT_PAGE) $(LIB)
	$(call link,-lsqlite3 -ljansson)

$(OUT)/asan/dma-audit: $(call sanitized,$(AUDIT_SOURCES)) $(AUDIT_PAGE) $(LIB_SANITIZED)
	$(call link,$(SANITIZE) -lsqlite3 -ljansson)

$(OUT)/asan/browse: $(call sanitized,cocci/tests/browse.c) $(LIB_SANITIZED)
	$(call link,$(SANITIZE) -ljansson)

$(AUDIT_PAGE): cocci/dma-audit/page-files.S $(addprefix cocci/dma-audit/page.,html css js)
	@mkdir -p $(@D)
	$(CC) -c $< -o $@
