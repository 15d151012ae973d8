# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree and work: series-test
# SPDX-License-Identifier: GPL-2.0
# What is wrong with the stored series is said in one line, and nothing moves.

unmoved() {
	before=$(id iobounce)
	refused "$1" series apply
	[ "$(id HEAD)" = "$before" ]
	tree_is_clean
}

test_a_hunk_that_does_not_fit_is_named() {
	sed -i 's/^-extern int line30;/-extern int line99;/' "$(mail 0003)"
	unmoved '0003-core-thirty.patch does not apply: core.c: hunk 1 (@@ -27,7 +27,7 @@'
}

test_there_is_no_fuzz() {
	sed -i 's/^ extern int line27;/ int line99;/' "$(mail 0003)"
	unmoved 'core.c: hunk 1'
}

test_the_second_hunk_is_named_by_its_number() {
	edit core.c 's/line12;/twelve;/'
	save 'core: twelve'
	edit core.c 's/line1;/one;/; s/line38;/x;/'
	save 'core: one'
	series refresh
	sed -i 's/^-extern int line38;/-extern int line99;/' "$(mail 0005)"
	unmoved '0005-core-one.patch does not apply: core.c: hunk 2 (@@ -35,'
}

test_a_patch_of_a_file_that_is_not_there_is_named() {
	sed -i 's,core\.c,gone.c,g' "$(mail 0003)"
	unmoved '0003-core-thirty.patch does not apply: gone.c: does not exist in index'
}

test_a_corrupt_patch_is_named_with_its_line() {
	line=$(grep -n '^@@' "$(mail 0001)" | sed -n 1s/:.*//p)
	sed -i "$((line + 2))s/.*/nonsense/" "$(mail 0001)"
	unmoved "0001-core-five.patch does not apply: corrupt patch at line $((line + 2))"
}

test_a_hunk_that_does_not_fit_an_overlay_file_is_named() {
	sed -i 's,core\.c,pool/pool.c,g' "$(mail 0003)"
	unmoved '0003-core-thirty.patch does not fit kernel/files: patch failed: pool/pool.c:27'
}

test_a_hunk_for_an_overlay_file_that_comes_later_is_named() {
	edit pool/pool.c 's/pool/pools/'
	save 'pool: more'
	series refresh
	mv "$(mail 0004)" "$repo/kernel/series/7.3/0001-a.patch"
	unmoved '0001-a.patch does not apply: pool/pool.c: does not exist in index'
}

test_an_overlay_file_named_twice_is_refused() {
	sed -i 's,^---$,&\nOverlay: pool/run,' "$(mail 0003)"
	unmoved 'pool/run is named twice, in 0002-pool-add-it.patch 0003-core-thirty.patch'
}

test_a_missing_overlay_file_is_refused() {
	rm "$repo/kernel/files/pool/run"
	unmoved '0002-pool-add-it.patch names overlay file pool/run, which kernel/files lacks'
}

test_an_overlay_file_that_no_mail_names_is_refused() {
	sed -i '\,Overlay: pool/run,d' "$(mail 0002)"
	unmoved 'pool/run is named by no mail'
}

test_an_overlay_file_of_the_base_tree_is_refused() {
	echo new >"$repo/kernel/files/other"
	sed -i 's,^---$,&\nOverlay: other,' "$(mail 0002)"
	unmoved 'overlay file other is in the base tree'
}

test_a_mail_without_author_or_date_is_refused() {
	sed -i '/^Date: /d' "$(mail 0002)"
	unmoved '0002-pool-add-it.patch: a mail needs From, Date and Subject'
}

test_a_mail_that_changes_nothing_is_refused() {
	sed -i '/^---$/,$d' "$(mail 0003)"
	unmoved '0003-core-thirty.patch: changes nothing'
}

test_a_version_without_series_is_refused() {
	mv "$repo/kernel/series/7.3" "$repo/kernel/series/6.12"
	unmoved 'no series for kernel 7.3; there are: 6.12'
	refused 'no series for kernel 7.3; there are: 6.12' series has 7.3
	series has 6.12
}

test_a_folder_that_is_no_kernel_tree_is_refused() {
	tree=$work/nowhere refused 'nowhere: no such folder' series tip
	tree=$repo refused "not a git tree with a branch 'base'" series tip
	refused 'unknown argument --bulid' series check --bulid x
	refused '--build needs a folder' "$repo/scripts/series/series" check --build
}
