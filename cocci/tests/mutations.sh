# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Mutations of the verdict cases: each changes every mapping at once, and what
# becomes of the verdicts stands in mutations.expected, by mutation. A verdict
# that is not listed there must stay. Sourced by run, behind audit.sh.

# sources: the mutated tree's C files.
sources() {
	find tree/drivers -name '*.c'
}

# Nothing is unmapped.
mutation_drop_the_unmaps() {
	sources | xargs sed -i -E 's/\bdma_unmap_[a-z_]+\([^;]*;/no_unmap();/'
}

# Every member that keeps a handle is synced by one more function.
mutation_add_a_sync() {
	local file type member form

	jq -r 'select(.object | startswith("struct ")) | "\(.file) \(.object) \(.api)"' base/sites.jsonl |
		sort -u | while read -r file _ type form; do
			member=${type#*.} type=${type%.*}
			[[ $form == *_sg* ]] && form=sgtable || form=single
			cat >>"tree/$file" <<-END
				static void added_for_$member(struct $type *t)
				{
					dma_sync_${form}_for_cpu(t->dev, t->$member, 64, DMA_FROM_DEVICE);
				}
			END
		done
}

# What is synced goes by a name that nothing is mapped to.
mutation_rename_what_is_synced() {
	sources | xargs sed -i -E 's/\b(dma_sync_[a-z_]+\([^,]+, [^,]*[a-z_])(\[[^],]*\])?,/\1_renamed\2,/'
}

# All that keeps a handle gets another name, wherever it is used.
mutation_rename_the_members() {
	local member

	jq -r 'select(.object | startswith("struct ")) | .object' base/sites.jsonl | sed 's/.*\.//' | sort -u |
		while read -r member; do
			sources | xargs sed -i -E "s/(->|\.)$member\b/\1${member}_renamed/g"
		done
}

# changes: verdicts of the mutated tree that are not those of the cases.
changes() {
	rm -rf tree
	cp -r "${here:?}/verdicts" tree
	"mutation_$1"
	fails diff -rq tree "$here/verdicts" >/dev/null
	judge_tree
	verdicts_found >"$1"
	[ "$(cut -d ' ' -f 1 base.verdicts)" = "$(cut -d ' ' -f 1 "$1")" ]
	join base.verdicts "$1" | awk -v m="$1" '$2 != $3 { print m, $1, $2, "->", $3 }'
}

test_verdicts_follow_each_kind_of_mutation() {
	local m

	cp -r "$here/verdicts" tree
	judge_tree
	cp -r found base
	verdicts_found >base.verdicts
	for m in drop_the_unmaps add_a_sync rename_what_is_synced rename_the_members; do
		changes "$m"
	done >all
	expect "$here/mutations.expected" <all
}
