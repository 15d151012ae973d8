# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Take the commits of branch iobounce, and uncommitted edits of its work tree,
# back into kernel/series and kernel/files.
. "$top/scripts/series/build.sh"
. "$top/scripts/series/store.sh"

# The tree's state is one that can be taken back.
check_tree() {
	local path

	! g rev-parse -q --verify refs/series/moving >/dev/null ||
		die "$tree: an apply was interrupted: run series apply first"
	[ "$(g symbolic-ref -q HEAD)" = refs/heads/iobounce ] ||
		die "$tree: branch iobounce is not checked out (a rebase under way?)"
	{ g merge-base --is-ancestor "$base" HEAD && [ -z "$(g rev-list --merges "$base..HEAD")" ]; } ||
		die "$tree: branch iobounce must be a line of commits on top of base"
	path=$(g ls-files --others --exclude-standard | sed -n 1p)
	[ -z "$path" ] || uncommitted "$path"
}

uncommitted() {
	die "$tree: no commit of the series touches $1: commit it first (or remove it)"
}

# Uncommitted edits, by the commit that gets them: the last one that touches
# the file. $tmp/fold.COMMIT is input for git update-index --index-info.
find_edits() {
	local mode blob path commit

	cp "$git_dir/index" "$tmp/edited"
	GIT_INDEX_FILE=$tmp/edited g add -u
	GIT_INDEX_FILE=$tmp/edited g diff-index --cached --no-renames HEAD |
	while read -r _ mode _ blob path; do
		path=${path#*$'\t'}
		commit=$(g rev-list -1 "$base..HEAD" -- "$path")
		[ -n "$commit" ] || uncommitted "$path"
		printf '%s %s\t%s\n' "$mode" "$blob" "$path" >>"$tmp/fold.$commit"
	done
}

# Build the commits again, edits folded in; $tip is the last. A later commit
# keeps the edited file, for it doesn't touch it.
rebuild() {
	local commit tree_id

	tip=$base
	: >"$tmp/folded"
	for commit in $(commits HEAD); do
		tree_id=$(g rev-parse "$commit^{tree}")
		[ ! -e "$tmp/fold.$commit" ] || cat "$tmp/fold.$commit" >>"$tmp/folded"
		if [ -s "$tmp/folded" ]; then
			tree_id=$(
				export GIT_INDEX_FILE=$tmp/index
				g read-tree "$commit"
				g update-index --index-info <"$tmp/folded"
				g write-tree
			)
		fi
		field "$commit" %B | git stripspace >"$tmp/message"
		tip=$(commit "$tree_id" "$tip" "$tmp/message" \
			"$(field "$commit" %an)" "$(field "$commit" %ae)" "$(field "$commit" %aD)")
	done
}

# What was stored must build exactly what was stored from.
verify() {
	local built commit hint="has the message brackets before the subject, or a line like a diff or ---?"

	built=$(build_series "$1/series/$version" "$1/files" 2>&1 && echo "$tip") ||
		die "${built#series: }: $hint"
	[ "$built" != "$tip" ] || return 0
	commit=$(commits "$tip" | grep -vFx -f <(commits "$built") | sed -n 1p)
	die "$(field "$commit" '%h ("%s")') does not survive as a mail: $hint"
}

check_tree
find_edits
rebuild
new=$tmp/new
store_series "$tip" "$new"
verify "$new"
if ! same_as_stored "$new"; then
	rm -rf "$top/kernel/.refresh.part"
	cp -a "$new" "$top/kernel/.refresh.part"
	mv "$top/kernel/.refresh.part" "$top/kernel/.refresh"
	install_refreshed
fi
# The branch takes the commits as rebuilt; the files are what they were.
g update-ref refs/heads/iobounce "$tip"
g update-ref refs/series/applied "$tip"
g reset -q --mixed
g update-index -q --refresh
