# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# Is the series fit to be sent? Nothing moves in the kernel tree.
. "$top/scripts/series/build.sh"
. "$top/scripts/series/store.sh"
. "$top/scripts/series/mails.sh"
. "$top/scripts/series/warnings.sh"

# What refresh would write is what is stored: there is one form only.
check_form() {
	store_series "$tip" "$tmp/stored"
	same_as_stored "$tmp/stored" ||
		die "kernel/series or kernel/files is not in the form that refresh gives" \
			"($(sed -n 1p "$tmp/differences")): run series apply and series refresh"
}

# git am makes the same trees, authors and messages of the exported mails. It
# works in a clone without files and fetches those that a mail touches.
check_export() {
	local clone=$tmp/clone format='%an %ae %ad %T%n%B'

	git clone -q --shared --no-checkout --branch base "$tree" "$clone"
	git -C "$clone" read-tree HEAD
	GIT_COMMITTER_NAME=check GIT_COMMITTER_EMAIL=check git -C "$clone" \
		am -q --keep-cr "$tmp"/mails/000[1-9]*.patch "$tmp"/mails/00[1-9]*.patch >"$tmp/err" 2>&1 ||
		die "git am refuses the exported mails: $(sed -n '/^error: /{p;q}' "$tmp/err")"
	[ "$(git -C "$clone" log --format="$format" "$base..")" = "$(g log --format="$format" "$base..$tip")" ] ||
		die "git am makes something else of the exported mails than apply"
}

# checkpatch looks for its configuration in the caller's home, too.
check_style() {
	local mail bad=0

	for mail in "$tmp"/mails/*.patch; do
		[[ $mail != */0000-* ]] || continue
		(cd "$tree" && HOME=$tmp scripts/checkpatch.pl --strict --terse --no-summary "$mail") \
			>"$tmp/style" 2>&1 && [ ! -s "$tmp/style" ] && continue
		sed "s,^$tmp/mails/,checkpatch: ," "$tmp/style" >&2
		bad=$((bad + 1))
	done
	[ $bad = 0 ] || die "checkpatch --strict complains about $bad mails of the export"
}

build_series "$series" "$files"
echo "applies: $(commits "$tip" | wc -l) commits, tip $tip"
check_form
mkdir "$tmp/mails"
write_mails "$tmp/mails"
check_export
echo "export: git am makes the same commits of the mails"
check_style
echo "checkpatch --strict: clean"
[ ${#builds[@]} = 0 ] || check_warnings
