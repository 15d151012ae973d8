# shellcheck shell=bash
# shellcheck disable=SC2154 # repo, tree and work: series-test
# SPDX-License-Identifier: GPL-2.0

log() {
	tree_git log --format='%an %ae %ad %T%n%B' "$1"
}

test_export_gives_mails_that_git_am_takes() {
	series export "$work/case/mails"
	[ "$(cd "$work/case/mails" && echo *)" = \
		'0000-cover-letter.patch 0001-core-five.patch 0002-pool-add-it.patch 0003-core-thirty.patch' ]
	tree_git checkout -q -b am base
	tree_git am -q --keep-cr "$work"/case/mails/000[1-9]-*
	[ "$(log base..am)" = "$(log base..iobounce)" ]
}

test_export_writes_a_whole_cover_letter() {
	printf 'pool: a pool\n\nFor André.\n' >"$repo/kernel/series/7.3/cover.txt"
	series export "$work/case/mails"
	cover=$work/case/mails/0000-cover-letter.patch
	grep -qx 'Subject: \[PATCH 0/3\] pool: a pool' "$cover"
	grep -qx 'Content-Type: text/plain; charset=UTF-8' "$cover"
	grep -qx 'For André.' "$cover"
	grep -q '^  core: thirty' "$cover"
	grep -q 'files changed' "$cover"
	grep -qx "base-commit: $(id base)" "$cover"
	fails grep -q 'HERE \*\*\*' "$cover"
	[ "$(grep -c '^$' <(sed '/^$/q' "$cover"))" = 1 ]
	[ "$(git mailinfo /dev/null /dev/null <"$cover" | grep ^Email)" = 'Email: j@example.org' ]
}

# git declares it only for what it wrote itself
test_export_declares_the_charset_of_the_cover_letter() {
	tree_git reset -q --hard base
	edit core.c 's/line6;/six;/'
	tree_git -c user.name=J commit -q -a -m 'core: six'
	series refresh
	printf 'pool: a pool\n\nFor André.\n' >"$repo/kernel/series/7.3/cover.txt"
	series export "$work/case/mails"
	grep -qx 'Content-Type: text/plain; charset=UTF-8' "$work/case/mails/0000-cover-letter.patch"
	printf 'pool: à pool\n\nText.\n' >"$repo/kernel/series/7.3/cover.txt"
	refused 'cover.txt:1: the subject must be plain ASCII' series export "$work/case/mails"
}

test_export_replaces_mails_and_nothing_else() {
	mkdir "$work/case/mails"
	touch "$work/case/mails/0009-old.patch"
	series export "$work/case/mails"
	[ ! -e "$work/case/mails/0009-old.patch" ]
	touch "$work/case/mails/letter.txt"
	refused 'holds more than mails' series export "$work/case/mails"
	[ -e "$work/case/mails/letter.txt" ]
	refused 'which folder' series export
	refused "one folder, not $work/case/new and other" series export "$work/case/new" other
	[ ! -e "$work/case/new" ]
	# A neighbour is not ours.
	mkdir "$work/case/new.part"
	(umask 027 && series export "$work/case/new")
	[ -d "$work/case/new.part" ]
	[ "$(stat -c %A "$work/case/new")" = drwxr-x--- ]
	[ -z "$(find "$work/case" -maxdepth 1 -name "mails.*")" ]
}

test_export_needs_a_cover_letter() {
	rm "$repo/kernel/series/7.3/cover.txt"
	refused 'cover.txt is missing' series export "$work/case/mails"
	[ ! -e "$work/case/mails" ]
}
