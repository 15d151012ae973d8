# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree and work: series-test
# SPDX-License-Identifier: GPL-2.0

# refresh, then apply from a pristine tree: both give the same tree as now.
round_trip() {
	tree_git add -u
	want=$(tree_git write-tree)
	tree_git reset -q
	series refresh
	[ "$(id 'HEAD^{tree}')" = "$want" ]
	tree_is_clean
	tip=$(id HEAD)
	pristine
	series apply
	[ "$(id HEAD)" = "$tip" ]
	repo_git add kernel
	repo_git commit -q -m x
	series refresh
	repo_is_clean
}

subjects() {
	tree_git log --reverse --format=%s base.. | paste -sd,
}

changed() {
	repo_git add kernel
	repo_git diff --cached --name-only HEAD | sed 's,.*/,,' | paste -sd,
}

test_refresh_without_an_edit_writes_nothing() {
	find "$repo/kernel" -exec touch -d '2020-01-01' {} +
	series refresh
	repo_is_clean
	[ -z "$(find "$repo/kernel" -newermt 2021-01-01)" ]
}

test_refresh_folds_edits_into_the_last_commit_of_the_file() {
	edit core.c 's/line6;/six;/'
	edit kept.o 's/just/still/'
	edit pool/pool.c 's/pool/pools/'
	touch -d '2020-01-01' "$repo/kernel/files/pool/run"
	series refresh
	[ "$(date -r "$repo/kernel/files/pool/run" +%Y)" = 2020 ]
	[ "$(changed)" = 'pool.c,0001-core-five.patch,0003-core-thirty.patch' ]
	grep -q '^+extern int six;' "$(mail 0003)"
	fails grep -q '^+extern int six;' "$(mail 0001)"
	grep -q '^+tracked still' "$(mail 0001)"
	grep -q 'extern int pools' "$repo/kernel/files/pool/pool.c"
	edit core.c 's/line7;/seven;/'
	round_trip
}

test_refresh_takes_staged_edits_and_modes() {
	edit core.c 's/line6;/six;/'
	tree_git add core.c
	chmod -x "$tree/pool/run"
	round_trip
	[ ! -x "$repo/kernel/files/pool/run" ]
}

test_refresh_takes_a_mode_alone() {
	chmod -x "$tree/pool/run"
	series refresh
	[ ! -x "$repo/kernel/files/pool/run" ]
	tree_is_clean
}

test_refresh_takes_an_amended_commit() {
	edit core.c 's/thirty;/30;/'
	tree_git add core.c
	tree_git commit -q --amend -m 'core: 30' -m 'Better.'
	round_trip
	[ ! -e "$repo/kernel/series/7.3/0003-core-thirty.patch" ]
	grep -qx 'Better.' "$(mail 0003)"
}

test_refresh_takes_reordered_commits() {
	five=$(id HEAD~2) pool=$(id HEAD~1) thirty=$(id HEAD)
	tree_git reset -q --hard base
	tree_git cherry-pick "$pool" "$thirty" "$five"
	round_trip
	[ "$(subjects)" = 'pool: add it,core: thirty,core: five' ]
}

test_refresh_takes_added_and_dropped_commits() {
	thirty=$(id HEAD)
	tree_git reset -q --hard base
	tree_git cherry-pick "$thirty"
	mkdir "$tree/new"
	echo text >"$tree/new/doc.o"
	tree_git rm -q other
	save 'doc: add it' 'And remove another.'
	round_trip
	[ "$(subjects)" = 'core: thirty,doc: add it' ]
	[ "$(cd "$repo/kernel/files" && find . -type f)" = ./new/doc.o ]
	[ ! -e "$tree/other" ]
}

test_refresh_takes_files_that_moved() {
	tree_git mv pool/pool.c pool/depot.c
	tree_git mv other pool/other
	tree_git reset -q --soft HEAD~2
	save 'pool: with depot'
	round_trip
	[ -e "$repo/kernel/files/pool/depot.c" ]
	[ -e "$repo/kernel/files/pool/other" ]
	[ ! -e "$tree/other" ]
	[ ! -e "$repo/kernel/files/pool/pool.c" ]
}

test_refresh_refuses_a_file_that_no_commit_touches() {
	edit other 's/5/five/'
	refused 'no commit of the series touches other: commit it first' series refresh
	tree_git checkout -q other
	echo x >"$tree/loose"
	refused 'no commit of the series touches loose: commit it first' series refresh
	repo_is_clean
}

test_refresh_takes_later_changes_of_an_overlay_file() {
	edit pool/pool.c 's/pool/pools/'
	chmod -x "$tree/pool/run"
	save 'pool: more'
	edit pool/pool.c '1i extern int depot;'
	edit core.c 's/line7;/seven;/'
	save 'pool: depot'
	round_trip
	[ "$(subjects)" = 'core: five,pool: add it,core: thirty,pool: more,pool: depot' ]
	[ "$(tree_git show HEAD~3:pool/pool.c)" = $'extern int pool;\t ' ]
	[ "$(tree_git ls-tree --format='%(objectmode)' HEAD~3 pool/run)" = 100755 ]
	[ ! -x "$repo/kernel/files/pool/run" ]
	grep -q '^+extern int pools;' "$(mail 0004)"
	edit pool/pool.c 's/depot/depots/'
	series refresh
	[ "$(changed)" = 'pool.c,0005-pool-depot.patch' ]
}

test_refresh_refuses_a_commit_that_removes_an_overlay_file() {
	tree_git rm -q pool/pool.c
	save 'pool: less'
	refused '("pool: less") removes pool/pool.c, which an earlier commit of the series adds' series refresh
	repo_is_clean
}

test_refresh_refuses_what_no_mail_can_carry() {
	edit core.c 's/line9;/nine;/'
	save 'core: nine' $'See\n\ndiff --git a/x b/x\n'
	refused '0004-core-nine.patch does not apply' series refresh
	tree_git commit -q --amend -m '[urgent] core: nine'
	refused '("[urgent] core: nine") does not survive as a mail: has the message brackets' series refresh
	repo_is_clean
}

test_refresh_refuses_another_branch_and_merges() {
	tree_git checkout -q base
	refused 'branch iobounce is not checked out' series refresh
	tree_git checkout -q iobounce
	tree_git merge -q --no-ff -m merge -s ours \
		"$(tree_git commit-tree -p base -m side 'base^{tree}')"
	refused 'must be a line of commits on top of base' series refresh
}

test_refresh_keeps_overlay_files_of_other_versions() {
	mkdir "$repo/kernel/series/6.12"
	printf 'Subject: x\n---\nOverlay: old/old.c\n' >"$repo/kernel/series/6.12/0001-x.patch"
	mkdir "$repo/kernel/files/old"
	echo old >"$repo/kernel/files/old/old.c"
	series apply
	edit pool/pool.c 's/pool/pools/'
	series refresh
	grep -qx old "$repo/kernel/files/old/old.c"
	[ -e "$repo/kernel/series/6.12/0001-x.patch" ]
}

test_an_interrupted_refresh_is_finished() {
	edit core.c 's/line6;/six;/'
	edit pool/pool.c 's/pool/pools/'
	# shellcheck disable=SC2016
	(
		intercept mv 'case "$1" in */.refresh/series/7.3) kill -9 $PPID; sleep 1; exit;; esac'
		fails series refresh
	)
	[ ! -e "$repo/kernel/series/7.3/cover.txt" ]
	series refresh
	[ "$(changed)" = 'pool.c,0003-core-thirty.patch' ]
	[ ! -e "$repo/kernel/.refresh" ]
	tree_is_clean
}
