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
	local clone=$tmp/clone format='%an %ae %ad %T%n%B' mails=("$tmp"/mails/*.patch)

	git clone -q --shared --no-checkout --branch base "$tree" "$clone"
	git -C "$clone" read-tree HEAD
	GIT_COMMITTER_NAME=check GIT_COMMITTER_EMAIL=check git -C "$clone" \
		am -q --keep-cr "${mails[@]:1}" >"$tmp/err" 2>&1 ||
		die "git am refuses the exported mails: $(sed -n '/^error: /{p;q}' "$tmp/err")"
	[ "$(git -C "$clone" log --format="$format" "$base..")" = "$(g log --format="$format" "$base..$tip")" ] ||
		die "git am makes something else of the exported mails than apply"
}

# checkpatch asks of every new file whether MAINTAINERS needs an entry. Here
# MAINTAINERS is asked: each is to have a section besides the one for all files.
check_maintainers() {
	local path

	g cat-file blob "$tip:MAINTAINERS" >"$tmp/MAINTAINERS"
	while read -r path; do
		printf -- '--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n' "$path" |
			(cd "$tree" && HOME=$tmp scripts/get_maintainer.pl --mpath "$tmp/MAINTAINERS" \
				--nogit --nogit-fallback --nom --nol --subsystem) |
			grep -vx 'THE REST' >/dev/null ||
			die "MAINTAINERS has no section for $path: add it to one in the commit that adds the file"
	done <"$tmp/overlays"
}

# checkpatch looks for its configuration in the caller's home, too, and for
# python modules that Debian's own python has.
check_style() {
	local mail bad=0

	for mail in "$tmp"/mails/*.patch; do
		[[ $mail != */0000-* ]] || continue
		(cd "$tree" && HOME=$tmp PATH=/usr/bin:$PATH scripts/checkpatch.pl --strict \
			--terse --no-summary --ignore FILE_PATH_CHANGES "$mail") \
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
check_maintainers
echo "checkpatch --strict: clean; MAINTAINERS knows every new file"
[ ${#builds[@]} = 0 ] || check_warnings
