PROGRAMS += $(OUT)/bin/summary

$(OUT)/bin/summary: scripts/summary/summary.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -ljansson -o $@
