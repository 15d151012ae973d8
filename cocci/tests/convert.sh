# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Cases of dma-audit convert, over a small tree with one driver for each shape of
# mapping; sourced by run, behind audit.sh.

# convert [OPTION...] [PATH...], after a scan; what it says goes to said.
convert() {
	audit convert --like "${here:?}/convert.like" --except "$here/convert.except" --out mails \
		"$@" >said
}

convert_tree() {
	cp -r "$here/convert" tree
	audit scan
	convert "$@"
}

# Applies the mails, as one does who got them.
git_am() {
	git -c core.autocrlf=false -c init.defaultBranch=base -C tree init -q
	git -C tree add .
	git -C tree -c user.name=n -c user.email=e commit -q -m base
	git -C tree -c user.name=n -c user.email=e am -q "$PWD"/mails/*.patch
}

test_convert_every_shape() {
	convert_tree
	cat mails/*.patch mails/left-out.txt | expect "$here/convert.expected"
	grep -q '^6 patches: 9 mappings in 7 files; 7 left out' said
	git_am
	[ "$(git -C tree log --format=%an base~6..base | sort -u)" = "Some Author" ]
}

test_convert_finds_nothing_twice() {
	convert_tree
	git_am
	audit scan
	convert
	cat said
	grep -q '^0 patches: 0 mappings in 0 files; 7 left out' said
	[ -z "$(find mails -name '*.patch')" ]
}

test_convert_gives_the_same_bytes() {
	convert_tree
	cp -r mails first
	rm facts.db
	audit scan
	convert
	diff -r first mails
}

# In a repository whose series is what refresh makes of the mails.
same_as_series() {
	local m

	mkdir -p repo/scripts repo/out repo/kernel/series/7.3
	cp "${top:?}"/scripts/{common.sh,convert-same} repo/scripts
	cp -r mails repo/out/convert
	for m in mails/*.patch; do
		sed 's/^--- a.*/index 0123..4567 100644\n&/' "$m" >"repo/kernel/series/7.3/1${m#mails/}"
	done
	echo 'by hand' >repo/kernel/series/7.3/0001-hand.patch
	repo/scripts/convert-same
}

test_convert_is_held_against_the_series() {
	convert_tree
	same_as_series | grep -qx 'the series holds the 6 patches that make convert writes'
	sed -i 's/CPU and device each/Both/' repo/kernel/series/7.3/10003-*
	fails repo/scripts/convert-same 2>err
	grep -q '^-If the DMA layer bounces such a mapping, Both work' err
	rm repo/kernel/series/7.3/1*
	fails repo/scripts/convert-same 2>err
	grep -q '^+Subject: ' err
	rm repo/out/convert/*.patch
	fails repo/scripts/convert-same 2>err
	grep -qx 'convert-same: no mails in out/convert: run make convert first' err
}

# What is asked for is converted with what belongs to it elsewhere.
test_convert_of_a_part() {
	convert_tree drivers/sub/sub_pages_helper.c drivers/sub/export
	grep -q '^2 patches: 3 mappings in 3 files; 0 left out' said
	grep -q '^+++ b/drivers/sub/user/user.c' mails/0001-*
}

test_convert_leaves_what_is_listed() {
	cp -r "$here/convert" tree
	audit scan
	printf 'leave\tdrivers/sub/export\tfor the test\nleave\tdrivers/sub/none\tfor the test\n' >list
	audit convert --like "$here/convert.like" --except list --out mails >said
	[ "$(grep -c '^drivers/sub/export/export.c:.*	for the test$' mails/left-out.txt)" = 2 ]
	fails grep export.c mails/*.patch
	grep -q 'list:2: there is no mapping in drivers/sub/none' err
}

# A mapping that another one is tied to is left out with it: both or neither.
test_convert_keeps_together_what_shares_an_unmap() {
	cp -r "$here/convert" tree
	audit scan
	printf 'leave\tdrivers/sub/user\tfor the test\n' >list
	audit convert --like "$here/convert.like" --except list --out mails >said
	grep -q 'sub_pages_helper.c' mails/0001-*
	sed -i 's/sub_pages_map(struct sub_pages \*p)/&\n{\n\treturn sub_other(p);\n}\n\nint sub_pages_xmit(struct sub_pages *p, struct sk_buff *skb)/' \
		tree/drivers/sub/sub_pages_helper.c
	audit scan
	convert
	fails grep -l sub_pages_helper.c mails/*.patch
}

test_convert_refuses_bad_input() {
	convert_tree
	refused "convert wants --like" audit convert --out mails
	refused "cannot read none" audit convert --like none --out mails
	refused "no mail with a From line" audit convert --like "$here/convert.except" --out mails
	refused "cannot read none" audit convert --like "$here/convert.like" --except none --out mails
	echo 'leave drivers' >list
	refused "list:1: not of the form" audit convert --like "$here/convert.like" --except list --out mails
	refused "there is no drivers/none in" convert drivers/none
}

# The facts are older than the files: nothing is edited at a wrong place.
test_convert_notices_that_the_source_changed() {
	convert_tree
	sed -i '1a /* one line more */' tree/drivers/sub/rename/rename.c
	convert
	grep -q 'rename.c:9: the source is not the one that was scanned' mails/left-out.txt
	fails grep -l rename.c mails/*.patch
}
