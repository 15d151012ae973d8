# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Cases of what dma-audit writes: text, SARIF, the page and diff; sourced by run
# after audit.sh.

# found REPORT-OPTION...: the small trees of verdicts, judged, in found/. Facts
# hang on contents: what one case has parsed, the others take over.
found() {
	[ -d tree ] || cp -r "${here:?}/verdicts" tree
	[ ! -e "${work:?}/facts.db" ] || cp "$work/facts.db" .
	audit scan
	cp facts.db "$work/"
	audit report --out found "$@" >summary
}

# jsonl FILTER: of all sites as one list.
jsonl() {
	jq -rs "$1" found/sites.jsonl
}

# browse LINE...: orders to a browser that shows the page; see browse.c.
browse() {
	printf '%s\n' "$@" | "${top:?}/out/asan/browse" "file://$PWD/found/report.html"
}

# How many mappings the page shows, and what it says of that.
visible='= [...document.querySelectorAll("main section details")].filter((d) => d.checkVisibility()).length'
says='= document.getElementById("count").textContent'
input() {
	echo "= document.querySelector('[name=$1]${2:+[value=\"$2\"]}').focus()"
}

test_judge_prints_a_line_for_each_mapping() {
	audit scan
	audit judge >told
	grep -qFx 'drivers/demo/ring.c:4: dma_map_single() in ring_init(): persistent-nosync (high): long lived, and nothing syncs it; unmapped in ring_free()' told
	[ "$(wc -l <told)" = 7 ]
}

test_page_filters_in_a_browser() {
	found
	# The filters, one after the other, and then all together.
	browse "$visible" "$says" \
		"$(input verdict transient)" 'key Space' "$visible" \
		"$(input verdict persistent-nosync)" 'key Space' "$visible" \
		"$(input confidence high)" 'key Space' "$visible" "$says" \
		'= location.hash' \
		'= document.querySelector("#filter button").click()' "$visible" \
		'= (() => { const s = document.querySelector("select"); s.value = "drivers/kind"; s.dispatchEvent(new Event("input", { bubbles: true })); })()' "$visible" \
		'= document.querySelector("#filter button").click()' \
		"$(input text)" 'type RING_init  dma_map' "$visible" 'type xyzzy' "$visible" "$says" >got
	grep -v '^null$' got >values
	{
		jsonl 'length'
		jsonl '"\"\(length) of \(length) mappings\""'
		jsonl 'map(select(.verdict == "transient")) | length'
		jsonl 'map(select(.verdict == "transient" or .verdict == "persistent-nosync")) | length'
		jsonl 'map(select((.verdict == "transient" or .verdict == "persistent-nosync") and .confidence == "high")) | length, "\"\(length) of ALL mappings\""' |
			sed "s/ALL/$(jsonl length)/"
		echo '"#verdict=persistent-nosync%2Ctransient&confidence=high"'
		jsonl 'length'
		jsonl 'map(select(.file | startswith("drivers/kind/"))) | length'
		jsonl 'map(select(tostring | (test("ring_init"; "i") and test("dma_map"; "i")))) | length'
		echo 0
		jsonl '"\"0 of \(length) mappings\""'
	} >wanted
	diff -u wanted values
}

test_page_counts_as_the_lines_do() {
	found
	browse '= Object.fromEntries([...document.querySelectorAll("#verdict .choice")].map((l) => [l.querySelector("input").value, +l.querySelector("output").textContent]).filter(([, n]) => n))' \
		'= [...document.querySelectorAll("main section")].map((s) => s.querySelector("h2").textContent)' >got
	jsonl 'group_by(.verdict) | map({ (.[0].verdict): length }) | add' | jq -S . >wanted
	head -n 1 got | jq -S . | diff -u wanted -
	jsonl 'group_by(.file | split("/")[:2]) | map("\(.[0].file | split("/")[:2] | join("/")) \(length)") | .[]' | sort >wanted
	sed -n 2p got | jq -r '.[]' | sort | diff -u wanted -
}

# A link to one mapping opens it, and the keyboard opens another.
test_page_shows_the_evidence() {
	found
	browse '= (location.hash = "site=drivers/lifetime/ring.c:5", new Promise((done) => setTimeout(done, 200)))' \
		'= [...document.querySelectorAll("details[open]")].map((d) => [d.querySelector("mark").textContent, d.querySelector("mark").previousSibling.textContent, d.querySelector("dl").innerText])' \
		'= document.querySelector("details[open] summary").focus()' 'key Enter' \
		'= document.querySelectorAll("main section details[open]").length' >got
	sed -n 2p got | jq -r '.[0][0]' | diff -u <(sed -n 5p tree/drivers/lifetime/ring.c; echo) -
	sed -n 2p got | jq -r '.[0][1]' | diff -u <(sed -n 4p tree/drivers/lifetime/ring.c; echo) -
	sed -n 2p got | jq -r '.[0][2]' >evidence
	jsonl 'map(select(.file == "drivers/lifetime/ring.c" and .line == 5))[0] | .reason, .fix, .object, (.unmap[] | split(" ")[0])' |
		while read -r fact; do grep -qF -- "$fact" evidence || { echo "no $fact"; cat evidence; exit 1; }; done
	[ "$(tail -n 1 got)" = 0 ]
}

# What a source says must not become part of the page.
test_page_is_safe_from_its_sources() {
	cp -r "${here:?}/tree" tree
	sed -i 's|^int ring_init.*|/* </script><script>document.title = "taken"</script> <!-- "\\ \xff\xc3 ü */ &|' tree/drivers/demo/ring.c
	audit scan
	audit report --out found >summary
	[ "$(grep -c '</script' found/report.html)" = 2 ]
	browse '= document.title' '= document.querySelectorAll("script").length' \
		'= sites.find(({ site }) => site.file.endsWith("ring.c")).site.source.text.split("\n")[0]' >got
	{
		echo '"DMA audit of tree"'
		echo 2
		sed -n 2p tree/drivers/demo/ring.c | iconv -f latin1 -t utf8 | sed 's/ÿÃ /�� /; s/Ã¼/ü/' | jq -R .
	} >wanted
	diff -u wanted <(jq . got)
	fails grep -q '://' found/report.html
}

# The driver of the tests itself: an error on the page does not go unseen.
test_page_errors_are_seen() {
	found
	if browse '= setTimeout(() => { throw new Error("thrown here"); })' '= new Promise((done) => setTimeout(done, 100))' 2>err; then
		echo "an exception was not seen"
		return 1
	fi
	grep -q 'thrown here' err
}

# SARIF_SCHEMA=FILE takes the schema of OASIS instead of ours.
test_sarif_is_valid() {
	cp -r "${here:?}/verdicts" tree
	cp "$here/tree/drivers/demo/unparsable.c" "tree/drivers/kind/not parsed.c"
	found
	python3 -m jsonschema -i found/report.sarif "${SARIF_SCHEMA:-$here/sarif.schema.json}"
	# One result for each line, with the same verdict at the same place.
	jq -r '.runs[0] | .tool.driver.rules as $rules | .results[] | .locations[0].physicalLocation as $p |
		"\($p.artifactLocation.uri):\($p.region.startLine) \(.ruleId) \($rules[.ruleIndex].id) \(.kind == "fail")"' \
		found/report.sarif >got
	jsonl '.[] | "\(.file | gsub(" "; "%20")):\(.line) \(.verdict) \(.verdict) \(.verdict == "persistent-nosync")"' | diff -u - got
	jq -e '.runs[0].invocations[0].toolExecutionNotifications[0].locations[0].physicalLocation.artifactLocation.uri == "drivers/kind/not%20parsed.c"' found/report.sarif
	# A test that lets everything pass is none.
	jq '.runs[0].results[0].level = "grave"' found/report.sarif >bad.sarif
	fails python3 -m jsonschema -i bad.sarif "${SARIF_SCHEMA:-$here/sarif.schema.json}" 2>err
}

# diffed STATUS BEFORE AFTER [OPTION...]: what it says is in said.
diffed() {
	local status=0 wanted=$1

	shift
	# shellcheck disable=SC2086
	$DMA_AUDIT diff --db facts.db "$@" >said 2>err || status=$?
	cat err said
	[ "$status" = "$wanted" ]
}

test_diff_of_two_trees() {
	found
	cp -r tree after
	# Lines that move, and a file of another name, are no change.
	sed -i '1i /* a line */' after/drivers/lifetime/ring.c
	mv after/drivers/identity/wrapper.c after/drivers/identity/renamed.c
	$DMA_AUDIT scan --tree after --db facts.db 2>err
	diffed 0 tree after
	grep -qx "0 new, 0 gone, 0 changed, $(jsonl length) as before" said
	diffed 0 found/sites.jsonl after --json
	[ ! -s said ]
	# A sync comes, a mapping goes, another comes.
	sed -i 's/^static int chan_probe/static void ring_look(struct ring *r)\n{\n\tdma_sync_single_for_cpu(r->dev, r->token, 8, DMA_FROM_DEVICE);\n}\n&/' after/drivers/lifetime/ring.c
	sed -i 's/dma_map_single(\(.*dummy\)/dma_map_page(\1/' after/drivers/kind/kinds.c
	$DMA_AUDIT scan --tree after --db facts.db 2>err
	diffed 3 found/sites.jsonl after
	grep -qx 'changed  drivers/lifetime/ring.c:6 .*: verdict: persistent-nosync -> persistent-synced; .*fix: rename to _attrs form -> none' said
	grep -q '^new      drivers/kind/kinds.c:7 .* dma_map_page, ' said
	grep -q '^gone     drivers/kind/kinds.c:7 .* dma_map_single, ' said
	grep -q '^1 new, 1 gone, 1 changed, ' said
	diffed 3 tree after --json
	jq -r '"\(.change) \(.before.api) \(.before.verdict) \(.after.api) \(.after.verdict)"' said >got
	diff -u - got <<-'END'
		new null null dma_map_page device-only
		gone dma_map_single device-only null null
		changed dma_map_single persistent-nosync dma_map_single persistent-synced
	END
	diffed 0 found/sites.jsonl after --only drivers/identity/
}

test_diff_refuses_what_it_cannot_read() {
	found
	diffed 1 found/sites.jsonl nowhere
	grep -q '^dma-audit: cannot read the kernel tree nowhere: ' err
	{ cat found/sites.jsonl; echo '{"file": "a.c"}'; } >bad.jsonl
	diffed 1 found/sites.jsonl bad.jsonl
	grep -qx "dma-audit: bad.jsonl:$(wc -l <bad.jsonl): this is no line of sites.jsonl" err
	diffed 1 found/sites.jsonl found/report.html
	cp -r tree other
	diffed 1 tree other
	grep -q "^dma-audit: no facts about $PWD/other in facts.db: run dma-audit scan first" err
	diffed 2 tree
}

test_report_leaves_a_broken_database_alone() {
	found
	for content in 'this is no database, and long enough to look at' ''; do
		printf %s "$content" >facts.db
		cp facts.db kept
		refused "facts.db is no usable database" audit report --out none
		refused "facts.db is no usable database" audit judge
		refused "facts.db is no usable database" audit explain drivers/lifetime/ring.c:5
		cmp kept facts.db
	done
	[ ! -e none ]
	chmod 444 facts.db
	rm facts.db
	refused "no facts in facts.db" audit report --out none
}

test_report_names_what_it_cannot_write() {
	local form

	found
	: >file
	refused "cannot make folder file/out" audit report --out file/out
	refused "cannot write file/" audit report --out file
	# A folder in the place of each file: nothing is left of it, and no part of a file.
	for form in sites.jsonl unparsed.jsonl missed.jsonl order.jsonl report.sarif report.html; do
		rm -rf full
		mkdir -p "full/$form/x"
		refused "cannot write full/$form: " audit report --out full
		[ -z "$(find full -name '*.tmp')" ]
	done
	refused "cannot write the output: No space left on device" audit_to_full judge
}

audit_to_full() {
	audit "$@" >/dev/full
}

# A disk that is full: what was there stays whole.
test_report_on_a_full_disk() {
	found
	cp -r found before
	export top here DMA_AUDIT
	# shellcheck disable=SC2016 # expanded inside
	namespace -m bash -c 'mount -t tmpfs -o size=64k none found && cp before/sites.jsonl found/ &&
		! $DMA_AUDIT report --tree tree --db facts.db --out found >/dev/null 2>err && ls -A found >left && cmp before/sites.jsonl found/sites.jsonl'
	cat err left
	grep -q 'cannot write found/report.*: No space left on device' err
	fails grep -q tmp left
}

test_report_without_the_sources() {
	found
	rm tree/drivers/lifetime/ring.c
	echo '/* empty */' >tree/drivers/kind/kinds.c
	refused "drivers/lifetime/ring.c: No such file or directory: the page shows no source of it" audit report --out found
	browse '= sites.filter(({ site }) => !site.source).map(({ site }) => site.file)' \
		'= (location.hash = "site=drivers/kind/kinds.c:7", new Promise((done) => setTimeout(done, 200)))' \
		'= document.querySelector("details[open]").innerText' >got
	jsonl 'map(.file | select(. == "drivers/lifetime/ring.c" or . == "drivers/kind/kinds.c"))' | diff -u <(jq -c . <(head -n 1 got)) <(jq -c . -)
	grep -q 'The source has changed since the scan' got
}
