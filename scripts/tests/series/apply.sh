# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree and work: series-test
# SPDX-License-Identifier: GPL-2.0

# The tree as kernel-source leaves it
pristine() {
	tree_git checkout -q base
	tree_git branch -q -D iobounce
	tree_git update-ref -d refs/series/applied
}

test_apply_makes_the_commits_and_files() {
	before=$(id iobounce)
	pristine
	[ "$(series apply)" = "$tree" ]
	[ "$(id iobounce)" = "$before" ]
	[ "$(tree_git symbolic-ref HEAD)" = refs/heads/iobounce ]
	[ "$(tree_git log --format=%s base.. | paste -sd,)" = 'core: thirty,pool: add it,core: five' ]
	[ "$(tree_git log -1 --format='%an %s' iobounce~2)" = 'Jérôme core: five' ]
	[ "$(tree_git log --format='%an %ae %ad' base..)" = "$(tree_git log --format='%cn %ce %cd' base..)" ]
	grep -qx 'extern int thirty;  ;*' "$tree/core.c"
	grep -qx $'extern int pool;\t ' "$tree/pool/pool.c"
	grep -qx $'zwei\r' "$tree/dos.txt"
	[ -x "$tree/pool/run" ]
	[ ! -x "$tree/pool/pool.c" ]
	tree_is_clean
}

test_apply_gives_the_same_commit_at_any_time_by_anybody() {
	before=$(id iobounce)
	pristine
	sleep 1
	tree_git config user.name Else
	GIT_AUTHOR_NAME=else GIT_COMMITTER_DATE='@0 +0000' TZ=Asia/Tokyo series apply
	[ "$(id iobounce)" = "$before" ]
}

test_tip_prints_the_commit_and_moves_nothing() {
	before=$(id iobounce)
	pristine
	[ "$(series tip)" = "$before" ]
	[ "$(id HEAD)" = "$(id base)" ]
	fails tree_git rev-parse -q --verify iobounce
	tree_is_clean
}

test_apply_writes_only_files_that_differ() {
	find "$tree" -name .git -prune -o -type f -exec touch -d '2020-01-01' {} +
	echo 'int more;' >>"$repo/kernel/files/pool/pool.c"
	series apply
	[ "$(cd "$tree" && find . -name .git -prune -o -type f -newermt 2021-01-01 -print)" = ./pool/pool.c ]
	tree_is_clean
	tree_git checkout -q base
	tree_git checkout -q iobounce
}

test_apply_removes_what_a_shorter_series_lacks() {
	rm "$(mail 0002)"
	rm -r "$repo/kernel/files/pool"
	series apply
	[ ! -e "$tree/pool" ]
	tree_is_clean
}

test_apply_follows_a_new_base() {
	tree_git checkout -q base
	echo 10 >>"$tree/other"
	tree_git add other
	# As kernel-source does: one commit without a parent
	new=$(tree_git commit-tree -m base "$(tree_git write-tree)")
	tree_git reset -q --hard "$new"
	tree_git checkout -q iobounce
	series apply
	[ "$(id iobounce~3)" = "$new" ]
	grep -qx 10 "$tree/other"
	tree_is_clean
}

test_apply_refuses_uncommitted_edits() {
	before=$(id iobounce)
	edit core.c 's/line9;/nine;/'
	echo more >>"$repo/kernel/files/pool/pool.c"
	refused 'uncommitted edit of core.c: run series refresh' series apply
	[ "$(id iobounce)" = "$before" ]
	grep -q nine "$tree/core.c"
}

test_apply_refuses_to_lose_commits() {
	edit core.c 's/line9;/nine;/'
	save 'core: nine'
	before=$(id iobounce)
	refused 'holds commits that the series lacks' series apply
	tree_git checkout -q base
	refused 'holds commits that the series lacks' series apply
	[ "$(id iobounce)" = "$before" ]
}

test_apply_keeps_an_untracked_file_in_the_way() {
	pristine
	mkdir "$tree/pool"
	echo mine >"$tree/pool/pool.c"
	refused 'pool/pool.c' series apply
	grep -qx mine "$tree/pool/pool.c"
	rm -r "$tree/pool"
	series apply
}

# kernel-source gives a work tree beside that of branch base
test_apply_and_refresh_work_in_a_linked_work_tree() {
	tree_git checkout -q base
	tree_git worktree add -q "$PWD/linked" iobounce
	tree=$PWD/linked
	edit core.c 's/line6;/six;/'
	refused 'uncommitted edit of core.c' series apply
	series refresh
	after=$(id HEAD)
	tree_is_clean
	tree_git reset -q --hard base
	series apply
	[ "$(id HEAD)" = "$after" ]
	tree_is_clean
}

# Killed with the work tree written and nothing else
test_apply_goes_on_after_a_kill_late() {
	after=$(id iobounce)
	pristine
	# shellcheck disable=SC2016
	(
		intercept git 'case "$*" in *"read-tree -u"*)
			'"$(command -v git)"' "$@"; kill -9 $PPID; sleep 1; exit;; esac'
		fails series apply
	)
	[ "$(id iobounce)" = "$(id base)" ]
	refused 'an apply was interrupted' series refresh
	series apply
	[ "$(id HEAD)" = "$after" ]
	tree_is_clean
}

# Killed with some files new, some old, one cut short, and git's lock left
test_apply_goes_on_after_a_kill_midway() {
	after=$(id iobounce)
	pristine
	# shellcheck disable=SC2016
	(
		intercept git 'case "$*" in *"read-tree -u"*)
			cd "$2"; mkdir pool; printf "int po" >pool/pool.c
			sed -i s/line5/five/ core.c; touch .git/index.lock
			kill -9 $PPID; sleep 1; exit;; esac'
		fails series apply
	)
	echo mine >>"$tree/other"
	refused 'other was edited since' series apply
	tree_git diff-files --quiet other && exit 1
	seq 9 >"$tree/other"
	series apply
	[ "$(id HEAD)" = "$after" ]
	tree_is_clean
}
