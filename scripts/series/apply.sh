# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Build the series, then move branch iobounce, index and work tree to it. Only
# files that differ are written, so that incremental builds stay incremental.
. "$top/scripts/series/build.sh"

branch=refs/heads/iobounce
# What apply or refresh left there last: a branch elsewhere holds commits that
# the series lacks.
applied=refs/series/applied
# Where an apply is going, as long as it is under way
moving=refs/series/moving

ref() {
	g rev-parse -q --verify "$1" || :
}

# An apply was killed: old and new files are mixed in the work tree, which was
# clean when it began. Files that no move concerns must still be clean.
resume() {
	local old target path

	target=$(ref $moving)
	[ -n "$target" ] || return 0
	old=$(g rev-parse $branch)
	rm -f "$git_dir/index.lock"
	g update-index -q --refresh >/dev/null || :
	path=$(g diff-files --name-only | sort | comm -23 - \
		<(g diff-tree -r --name-only "$old" "$target" | sort) | sed -n 1p)
	[ -z "$path" ] || die "$tree: an apply was interrupted and $path was" \
		"edited since: save it elsewhere and apply again"
	move "$target" --reset
}

# Go to commit $1. "-m HEAD" stops at untracked files in the way, "--reset"
# overwrites them.
move() {
	g update-ref $moving "$1"
	if ! g read-tree -u "${@:2}" "$1" 2>"$tmp/err"; then
		g update-ref -d $moving
		die "$tree: $(sed -n '/^error: /{s///p;q}' "$tmp/err")"
	fi
	g update-ref --stdin >/dev/null <<-END
	start
	update $branch $1
	update $applied $1
	delete $moving
	commit
	END
}

build_series "$series" "$files"
resume
g update-index -q --refresh >/dev/null || :
path=$(g diff-index --name-only HEAD | sed -n 1p)
[ -z "$path" ] || die "$tree: uncommitted edit of $path: run series refresh first"
[ "$(ref $branch)" = "$(ref $applied)" ] || [ -z "$(ref $branch^)" ] ||
	[ "$(ref $branch)" = "$base" ] ||
	die "$tree: branch iobounce holds commits that the series lacks: run series refresh first"
if [ "$(g symbolic-ref -q HEAD)" != $branch ]; then
	[ "$(ref HEAD)" = "$base" ] ||
		die "$tree: neither branch iobounce nor base is checked out: git checkout iobounce"
	g update-ref $branch "$base"
	g symbolic-ref HEAD $branch
fi
[ "$(ref HEAD)" = "$tip" ] || move "$tip" -m HEAD
g update-ref $applied "$tip"
echo "$tree"
