# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# What the commands share: the tree, its series and a temporary folder.

export GIT_LITERAL_PATHSPECS=1

# git on the kernel tree
g() {
	git -C "$tree" -c core.autocrlf=false -c core.quotePath=false "$@"
}

# Sets tree, git_dir, base, version, series, files and tmp; one command at a
# time works on a repository, and on a tree.
open_tree() {
	local given=$tree linux

	if [ -z "$given" ]; then
		linux=$("$top/scripts/kernel-source")
		given=$linux/iobounce
	fi
	tree=$(cd "$given" 2>/dev/null && pwd -P) || die "$given: no such folder"
	git_dir=$(g rev-parse --absolute-git-dir 2>/dev/null) || git_dir=""
	base=$(g rev-parse -q --verify 'refs/heads/base^{commit}' 2>/dev/null) ||
		die "$tree: not a git tree with a branch 'base' (the pristine kernel)"
	version=$(g show base:Makefile 2>/dev/null | release_of)
	[ -n "$version" ] || die "$tree: branch 'base' is no kernel tree"
	series=$top/kernel/series/$version files=$top/kernel/files
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	alone "$top/kernel/series"
	alone "$git_dir"
	install_refreshed
	mkdir -p "$files"
	need_series "$version"
}

# There is a series for kernel $1 (X.Y).
need_series() {
	[ -d "$top/kernel/series/$1" ] || die "no series for kernel $1; there are:" \
		"$(cd "$top/kernel/series" && echo *)"
}

# One field of commit $1, in git's format $2, without trailing newlines
field() {
	g rev-list --no-commit-header --max-count=1 --format="$2" "$1"
}

# The commits of base..$1, oldest first
commits() {
	g rev-list --reverse "$base..$1"
}

# Commit tree $1 on parent $2 with the message in file $3. Committer and date
# are the author's, so that one series has one commit id everywhere.
commit() {
	GIT_AUTHOR_NAME=$4 GIT_COMMITTER_NAME=$4 \
	GIT_AUTHOR_EMAIL=$5 GIT_COMMITTER_EMAIL=$5 \
	GIT_AUTHOR_DATE=$6 GIT_COMMITTER_DATE=$6 \
		g commit-tree -p "$2" "$1" <"$3"
}

# The overlay files that the mails $@ name
overlays() {
	sed -n 's/^Overlay: //p' /dev/null "$@"
}

# refresh leaves its whole result in kernel/.refresh and moves it into place
# from there; every command finishes what an interrupted refresh left.
install_refreshed() {
	local new=$top/kernel/.refresh part

	for part in "$new"/files "$new"/series/*; do
		part=${part#"$new/"}
		[ -d "$new/$part" ] || continue
		rm -rf "$top/kernel/${part:?}"
		mv "$new/$part" "$top/kernel/$part"
	done
	rm -rf "$new"
}
