# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Cases of dma-audit itself, over a small tree; sourced by run, which sets here
# and top. Each case begins in an empty folder.

# What lives until exit is not freed.
export ASAN_OPTIONS=detect_leaks=0
DMA_AUDIT=${DMA_AUDIT:-$top/out/asan/dma-audit}

# audit COMMAND [OPTION...] on a copy of the tree.
audit() {
	local command=$1

	shift
	[ -d tree ] || cp -r "${here:?}/tree" tree
	# Unquoted: a case may put another command before the program.
	# shellcheck disable=SC2086
	$DMA_AUDIT "$command" --tree tree --db facts.db "$@" 2>err
}

parsed() {
	sed -n 's/^parsed: \([0-9]*\) of.*/\1/p' err | tail -n 1
}

# refused TEXT COMMAND...: it fails, and TEXT is in its one line.
refused() {
	local text=$1

	shift
	if "$@"; then
		echo "$* succeeded"
		return 1
	fi
	cat err
	[ "$(grep -vc '^\(source files\|parsed\|checked\): ' err)" = 1 ]
	grep -qF -- "$text" err
}

test_audit_lists_every_call() {
	audit scan
	audit report --out found >summary
	# One call a line, without the verdict, which has cases of its own.
	jq -r '"\(.file):\(.line) \(.function) \(.api)"' found/sites.jsonl | expect "$here/sites.expected"
	jq -r '"\(.file):\(.line) \(.api): \(.reason)"' found/missed.jsonl | expect "$here/missed.expected"
	grep -q '^all .* 7$' summary
}

test_audit_lists_a_function_that_spatch_skips() {
	audit scan
	audit report --out found >summary
	grep -q '"drivers/demo/unparsable.c".*"broken"' found/unparsed.jsonl
	jq -es 'map(select(.function == "broken")) | any(.verdict == "unknown" and .confidence == "low")' found/sites.jsonl
	grep -q '1 calls seen by the text search only' summary
}

test_audit_parses_nothing_twice() {
	audit scan
	[ "$(parsed)" = 4 ]
	audit scan
	[ -z "$(parsed)" ]
	echo '/* changed */' >>tree/drivers/demo/ring.c
	touch tree/drivers/demo/odd.c
	audit scan
	[ "$(parsed)" = 1 ]
}

test_audit_parses_anew_when_the_rules_change() {
	audit scan
	cp -r "$top/cocci/facts" facts
	echo '// changed' >>facts/code.cocci
	audit scan --facts facts
	[ "$(parsed)" = 4 ]
}

test_audit_forgets_a_file_that_is_gone() {
	audit scan
	rm tree/drivers/demo/ring.c
	audit scan
	audit report --out found >summary
	fails grep ring.c found/sites.jsonl
}

test_audit_of_a_part() {
	audit scan --only drivers/idle
	refused "no facts about" audit report --out found
	audit scan --only drivers/demo/
	audit report --only drivers/demo --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 6 ]
}

# A spatch that never comes back from one file, and is well with the others.
endless_spatch() {
	cat >spatch <<-'END'
		#!/bin/bash
		[ "$1" = --version ] && exec spatch --version
		grep -q ring.c "${!#}" && { echo "HANDLING: $(head -n 1 "${!#}")" >&2; while :; do :; done; }
		exec spatch "$@"
	END
	chmod +x spatch
}

test_audit_outlives_a_file_that_never_ends() {
	endless_spatch
	audit scan --spatch "$PWD/spatch" --timeout 1
	cat err
	grep -q '1 file could not be parsed' err
	audit report --out found >summary
	grep -q 'not parsed: drivers/demo/ring.c: timeout' summary
	jq -es 'map(select(.file == "drivers/demo/ring.c")) | any(.reason == "timeout" and .calls[0].line == 4)' \
		found/unparsed.jsonl
	jq -es 'map(select(.file == "drivers/demo/ring.c")) | any(.verdict == "unknown")' found/sites.jsonl
	audit scan --retry
	audit report --out found >summary
	[ ! -s found/unparsed.jsonl ] || ! grep -q ring.c found/unparsed.jsonl
}

test_audit_outlives_a_crash_of_spatch() {
	endless_spatch
	sed -i 's/while :; do :; done/kill -SEGV $$/' spatch
	audit scan --spatch "$PWD/spatch"
	audit report --out found >summary
	grep -q 'not parsed: drivers/demo/ring.c: crash: Segmentation fault' summary
	[ "$(grep -c '^not parsed' summary)" = 1 ]
}

test_audit_has_one_scan_at_a_time() {
	cp -r "${here:?}/tree" tree
	flock -F facts.db.lock sleep 3 &
	while flock -n facts.db.lock true; do sleep 0.1; done
	audit scan 2>err
	cat err
	grep -q 'another scan is at work on facts.db; waiting' err
	flock -n facts.db.lock true
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

test_audit_goes_on_after_an_interruption() {
	endless_spatch
	cp -r "${here:?}/tree" tree
	"$DMA_AUDIT" scan --tree tree --db facts.db --spatch "$PWD/spatch" --jobs 1 2>err &
	sleep 3
	kill -INT $!
	if wait $!; then
		echo "an interrupted scan succeeded"
		return 1
	fi
	grep -q 'interrupted with .* run it again to go on' err
	audit report --out found >summary
	grep -q '^not parsed: drivers/demo/ring.c: not scanned yet$' summary
	[ -z "$(find . -name '*.work.*')" ]
	audit scan
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

test_audit_goes_on_after_an_interruption_of_the_order() {
	endless_spatch
	sed -i 's/^grep/[[ "$*" = *"-D facts"* ]] \&\& grep/' spatch
	cp -r "${here:?}/tree" tree
	"$DMA_AUDIT" scan --tree tree --db facts.db --spatch "$PWD/spatch" --jobs 1 2>err &
	for _ in $(seq 600); do
		! grep -q '^parsed: 4 of 4' err || break
		sleep 0.1
	done
	sleep 1
	kill -INT $!
	fails wait $!
	grep -q 'interrupted with .* checked: run it again to go on' err
	audit scan
	[ -z "$(parsed)" ]
	[ "$(checked)" -gt 0 ]
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

test_audit_replaces_a_broken_database() {
	echo 'this is no database, and long enough to look at' >facts.db
	audit scan
	grep -c 'is no usable database' err | grep -qx 1
	[ -e facts.db.broken ]
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

test_audit_refuses_what_is_no_tree() {
	mkdir tree
	refused "is no kernel tree" audit scan
	rmdir tree
	ln -s nowhere tree
	refused "cannot read the kernel tree" audit scan
}

test_audit_refuses_a_part_that_is_not_there() {
	refused "there is no drivers/none in" audit scan --only drivers/none
}

test_audit_needs_spatch() {
	refused "cannot run ./none" audit scan --spatch ./none
}

test_audit_needs_rules() {
	refused "no fact rules in" audit scan --facts nowhere
}

test_audit_needs_a_scan_before_a_report() {
	refused "run dma-audit scan first" audit report --out found
}

test_audit_names_an_unreadable_file() {
	local as=()

	# Root reads everything, unless it may not.
	[ "$(id -u)" != 0 ] || as=(setpriv --bounding-set "-dac_override,-dac_read_search")
	cp -r "${here:?}/tree" tree
	chmod 000 tree/drivers/demo/ring.c
	DMA_AUDIT="${as[*]} $DMA_AUDIT"
	refused "tree/drivers/demo/ring.c: Permission denied: its mappings are missing" audit scan
	chmod 644 tree/drivers/demo/ring.c
	audit scan
	[ "$(parsed)" = 1 ]
}

test_audit_names_an_unreadable_folder() {
	local as=()

	[ "$(id -u)" != 0 ] || as=(setpriv --bounding-set "-dac_override,-dac_read_search")
	cp -r "${here:?}/tree" tree
	audit scan
	chmod 000 tree/drivers/demo
	DMA_AUDIT="${as[*]} $DMA_AUDIT"
	refused "tree/drivers/demo: Permission denied: its mappings are missing" audit scan
	chmod 755 tree/drivers/demo
	audit scan
	[ -z "$(parsed)" ]
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

# verdicts TREE: "file:line verdict" as the comments behind the calls say.
verdicts_wanted() {
	(cd "$1" && grep -rno 'dma_.*/\* [a-z-]* \*/$' drivers | sed 's/:\([0-9]*\):.*\/\* \(.*\) \*\//:\1 \2/') | sort
}

verdicts_found() {
	jq -r '"\(.file):\(.line) \(.verdict)"' found/sites.jsonl | grep -v ^include/ | sort
}

judge_tree() {
	audit scan
	audit report --out found >summary
}

test_verdicts_of_every_trap() {
	cp -r "$here/verdicts" tree
	judge_tree
	verdicts_wanted tree >wanted
	verdicts_found >got
	diff -u wanted got
	# What has the attribute needs nothing more.
	jq -es 'map(select(.object == "struct dev.tagged_dma")) | any(.fix == "none")' found/sites.jsonl
	jq -es 'map(select(.object == "struct dev.status_dma")) | any(.fix == "rename to _attrs form")' found/sites.jsonl
}

# mutate FILE SED WHERE VERDICT: after the change, the mapping at WHERE is VERDICT.
mutate() {
	rm -rf tree found
	cp -r "$here/verdicts" tree
	sed -i "$2" "tree/drivers/$1"
	if cmp -s "$here/verdicts/drivers/$1" "tree/drivers/$1"; then
		echo "$2 changes nothing in $1"
		return 1
	fi
	judge_tree
	verdicts_found | grep -Fx "drivers/$1:$3 $4" || { verdicts_found | grep "$1:$3"; return 1; }
}

test_verdicts_follow_a_mutation() {
	# The unmap at the end goes: only the one after an error is left.
	mutate lifetime/ring.c '/^static void ring_release/,/^}/d' 5 persistent-nosync
	# The unmap moves from the interrupt to the end of the object.
	mutate lifetime/ring.c 's/chan_irq/chan_destroy/; s/chan_submit/chan_create/' 24 persistent-nosync
	# A sync comes, on this member and on another.
	mutate lifetime/ring.c 's/^static int chan_probe/static void ring_look(struct ring *r)\n{\n\tdma_sync_single_for_cpu(r->dev, r->token, 8, DMA_FROM_DEVICE);\n}\n&/' 5 persistent-synced
	mutate lifetime/ring.c 's/^static int chan_probe/static void ring_look(struct ring *r)\n{\n\tdma_sync_single_for_cpu(r->dev, r->other, 8, DMA_FROM_DEVICE);\n}\n&/' 5 persistent-nosync
	# The synced member is renamed, and with it the mapping is no more synced.
	mutate identity/names.c 's/v->mapped, DMA/v->unmapped, DMA/' 30 persistent-nosync
	mutate kind/kinds.c 's/dummy/reply/g' 7 persistent-nosync
}

test_audit_explains_a_mapping() {
	audit scan
	audit explain drivers/demo/ring.c:4 >told
	grep -q '^verdict   persistent-nosync' told
	grep -q '^kept as   struct ring.token$' told
	grep -q '^unmapped  drivers/demo/ring.c:10 dma_unmap_single() in ring_free(), a lifetime' told
	refused "no mapping call at drivers/demo/ring.c:5" audit explain drivers/demo/ring.c:5
	refused "explain wants FILE:LINE" audit explain drivers/demo/ring.c
}

# What a program reads: every field, and evidence as file:line function.
test_audit_writes_every_field() {
	audit scan
	audit report --out found >summary
	jq -es 'map(select(.file == "drivers/demo/ring.c"))[0] | .function == "ring_init" and
		.api == "dma_map_single" and .verdict == "persistent-nosync" and
		.confidence == "high" and .object == "struct ring.token" and .map_attrs == "" and
		.unmap == ["drivers/demo/ring.c:10 ring_free"] and .sync == [] and
		.fix == "rename to _attrs form" and
		(.reason | test("nothing syncs it; unmapped in ring_free"))' found/sites.jsonl
}

test_audit_survives_a_damaged_database() {
	local size

	audit scan
	size=$(stat -c %s facts.db)
	head -c $((size - 4096)) /dev/zero | tr '\0' x | dd of=facts.db bs=4096 seek=1 conv=notrunc status=none
	audit scan || { grep -c 'is damaged.*run it again' err | grep -qx 1; audit scan; }
	[ -e facts.db.broken ]
	audit report --out found >summary
	[ "$(wc -l <found/sites.jsonl)" = 7 ]
}

# What is asked for is judged with all that is known of the tree.
test_audit_of_a_part_sees_the_whole() {
	cp -r "$here/verdicts" tree
	mkdir tree/drivers/elsewhere/map
	mv tree/drivers/elsewhere/map.c tree/drivers/elsewhere/map/
	judge_tree
	audit report --only drivers/elsewhere/map --out part >/dev/null
	grep '"drivers/elsewhere/map/' found/sites.jsonl | diff -u - part/sites.jsonl
	grep -q '"sync":\["drivers/elsewhere/use.c' part/sites.jsonl
}

checked() {
	sed -n 's/^checked: \([0-9]*\) of.*/\1/p' err | tail -n 1
}

order_tree() {
	cp -r "${here:?}/tree" tree
	mkdir tree/drivers/order
	cp "$here"/mapping_order/*.c tree/drivers/order/
}

# The second finding has a file of its own, and is no verdict.
test_audit_reports_the_order_of_calls() {
	local c

	order_tree
	audit scan
	audit report --out found >summary
	for c in bad good known_miss known_false_positive; do
		jq -r "select(.file == \"drivers/order/$c.c\") |
			\"\(.function)\t\(.line)\t\(.finding)\t\(.buffer)\"" found/order.jsonl >got
		cut -f 2,3,5,6 "$here/mapping_order/$c.facts" | diff -u - got
	done
	grep -q '^order of calls (order.jsonl): 7 filled-after-map, 5 used-before-unmap, 0 files not checked$' summary
	jq -es 'map(select(.function == "late_copy"))[0].map == "drivers/order/bad.c:5 late_copy"' found/order.jsonl
	fails grep -q 'after_it_was_mapped\|used before' found/sites.jsonl
	audit report --only drivers/demo --out part >/dev/null
	[ ! -s part/order.jsonl ]
}

test_audit_checks_no_order_twice() {
	order_tree
	audit scan
	[ "$(checked)" = 6 ]
	audit scan
	[ -z "$(checked)" ]
	echo '/* changed */' >>tree/drivers/order/bad.c
	audit scan
	[ "$(parsed) $(checked)" = "1 1" ]
	# Other rules for the order leave the facts alone.
	{ cat "$top/cocci/mapping_order.cocci"; echo '// changed'; } >order.cocci
	audit scan --order "$PWD/order.cocci"
	[ "$(parsed) $(checked)" = " 6" ]
	audit report --out found >/dev/null
	[ "$(wc -l <found/order.jsonl)" = 12 ]
	refused "cannot read the rules nowhere.cocci" audit scan --order nowhere.cocci
}

test_audit_outlives_an_order_that_never_ends() {
	endless_spatch
	sed -i 's/^grep/[[ "$*" = *"-D facts"* ]] \&\& grep/' spatch
	audit scan --spatch "$PWD/spatch" --timeout 1
	grep -q '1 file could not be checked' err
	audit report --out found >summary
	jq -es '.[0] == {file: "drivers/demo/ring.c", finding: "unchecked", reason: "timeout"}' found/order.jsonl
	grep -q ' 1 files not checked' summary
	jq -es 'any(.file == "drivers/demo/ring.c" and .verdict == "persistent-nosync")' found/sites.jsonl
	audit scan --retry
	audit report --out found >summary
	grep -q ' 0 files not checked' summary
}

# The traps are numbered where they stand in the cases.
test_verdicts_have_a_case_for_each_trap() {
	grep -rhoE '\bTraps? [0-9]+( and [0-9]+)?' "$here/verdicts/drivers" "$here/mapping_order" |
		grep -oE '[0-9]+' | sort -nu >got
	seq 11 | diff -u - got
}
