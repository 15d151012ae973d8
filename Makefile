# SPDX-License-Identifier: GPL-2.0
# iobounce: `make help` lists what can be made. KERNEL=, KDIR= and TARBALL=
# choose the kernel, IGT= names an IGT checkout, IOBOUNCE_CACHE= the folder for
# sources, objects and facts.

override OUT := out
CC := gcc
CFLAGS := -std=gnu11 -O2 -g -D_GNU_SOURCE -Wall -Wextra -Werror -Iscripts/lib -MMD -MP
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LIB := $(OUT)/lib/libiob.a
LIB_SANITIZED := $(OUT)/asan/libiob.a

# The user-space programs, the guest's files and the programs that tests run under the
# sanitizers; the folders' fragments add to it.
PROGRAMS :=

.DELETE_ON_ERROR:
.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(filter %Makefile %.mk,$(MAKEFILE_LIST))

# The objects of sources, plain or under the sanitizers; $(FOLDER_CFLAGS) are those of a folder.
FOLDER_CFLAGS :=
objects = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
sanitized = $(patsubst %.c,$(OUT)/asan/obj/%.o,$(1))

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(FOLDER_CFLAGS) -c $< -o $@

$(OUT)/asan/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(FOLDER_CFLAGS) -c $< -o $@

# $(call link,OPTION...): a program of the objects and archives that it depends on.
define link
@mkdir -p $(@D)
$(CC) $(CFLAGS) $(filter %.o %.a,$^) $(1) -o $@
endef

include scripts/lib/build.mk
include scripts/vm/build.mk
include scripts/igt-run/build.mk
include scripts/native/build.mk
include scripts/summary/build.mk
include scripts/bench/build.mk
include cocci/build.mk
include igt-tests/build.mk

# What each object included when it was last compiled.
-include $(shell find $(OUT)/obj $(OUT)/asan/obj $(OUT)/guest* $(OUT)/igt $(OUT)/bin/insn.d -name '*.d' 2>/dev/null)

.PHONY: run bench native results check check-mutants check-full igt-tree setup source programs audit convert clean
run: ## Set up, then audit, patch, build, boot, test and measure a real kernel
	@scripts/run

check: ## Set up, then run every test that fits into 75 minutes
	@scripts/check

native: programs ## Measure the pools natively, and `auto` (OPTIONS=--quick for less): out/native
	@source=$$(scripts/native/source) || exit 1; \
	$(OUT)/bin/native --out $(OUT)/native --source "$$source" $(OPTIONS); \
	status=$$?; case $$status in 0 | 2) scripts/native/plot $(OUT)/native || exit 1 ;; esac; exit $$status

check-mutants: programs ## Put bugs into kernel and driver: which subtests notice them?
	@scripts/mutants $(MUTANTS)

check-full: ## `check`, and what takes hours: each commit, other architectures, more guests
	@scripts/check --full

bench: programs ## Measure guests, SET=short, quick, full or cliff: out/bench
	@scripts/bench/run

results: programs ## Write docs/results from out/bench/full, out/bench/cliff and out/native
	@scripts/bench/results docs $(OUT)/bench/full $(OUT)/bench/cliff $(OUT)/native

setup: ## Install the Debian packages that are missing
	@scripts/setup

source: setup ## Bring the kernel source into the cache and print its folder
	@scripts/kernel-source

programs: setup ## Build the user-space programs
	@$(MAKE) --no-print-directory $(PROGRAMS)

audit: setup ## Judge every mapping of the kernel (DIR=drivers/gpu for a part): out/audit
	@$(MAKE) --no-print-directory $(OUT)/bin/dma-audit
	@scripts/audit $(DIR)

convert: setup ## Make patches of the findings (DIR=drivers/gpu for a part): out/convert
	@$(MAKE) --no-print-directory $(OUT)/bin/dma-audit
	@scripts/convert $(DIR)

.PHONY: kernel series-apply series-refresh series-check series-export
kernel: programs ## Build the patched kernel, FLAVOUR=fast, debug, s390x or arm64, and print its path
	@tree=$$(scripts/series/series apply) && scripts/kernel-build "$$tree" $(or $(FLAVOUR),fast)

series-apply: setup ## Bring the kernel checkout to the series and print its folder
	@scripts/series/series apply

series-refresh: setup ## Take edits of the kernel checkout back into kernel/
	@scripts/series/series refresh

series-check: setup ## Is the series fit to be sent?
	@scripts/series/series check

series-export: setup ## Write the series as mails to MAILS (default: out/mails)
	@scripts/series/series export "$(or $(MAILS),$(OUT)/mails)"

igt-tree: programs ## Compile the GPU tests in the IGT checkout IGT=<dir>, and run IGT's checks
	@scripts/igt-tree "$(IGT)"

clean: ## Remove what was built and found here; the cache stays
	rm -rf $(OUT)
