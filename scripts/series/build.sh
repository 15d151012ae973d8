# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# From mails and overlay files to commits, by the rules of git am, in git's
# object store only: neither index nor work tree nor branch of the tree moves.

# Build the series in folder $1 with the overlay files in folder $2; $tip is
# its last commit.
build_series() {
	local mail

	check_overlays "$@"
	first_versions "$@"
	tip=$base
	export GIT_INDEX_FILE=$tmp/index
	g read-tree "$base"
	for mail in "$1"/[0-9]*.patch; do
		build_commit "$mail"
	done
	unset GIT_INDEX_FILE
}

# Each overlay file has one mail that names it, and the other way round.
# A file that only another version's series names is none of our business.
check_overlays() {
	local path

	overlays "$1"/[0-9]*.patch | sort >"$tmp/overlays"
	path=$(uniq -d "$tmp/overlays" | sed -n 1p)
	[ -z "$path" ] || die "overlay file $path is named twice, in" \
		"$(grep -lFx "Overlay: $path" "$1"/*.patch | sed 's,.*/,,' | paste -sd' ')"
	while read -r path; do
		{ [ -f "$2/$path" ] && [ ! -L "$2/$path" ]; } ||
			die "$(grep -lFx "Overlay: $path" "$1"/*.patch | sed 's,.*/,,')" \
				"names overlay file $path, which kernel/files lacks"
		! g cat-file -e "$base:$path" 2>/dev/null ||
			die "overlay file $path is in the base tree: it needs hunks"
	done <"$tmp/overlays"
	path=$( (cd "$2" && find . ! -type d) | sed 's,^\./,,' | sort |
		comm -23 - <(overlays "$1"/[0-9]*.patch "$top"/kernel/series/*/[0-9]*.patch | sort -u) |
		sed -n 1p)
	[ -z "$path" ] || die "overlay file $path is named by no mail of the series"
}

# Set $first to a folder with the overlay files of folder $2 as they were when they were
# added: what mails of folder $1 change later is taken back, the last change first.
first_versions() {
	local mails=("$1"/[0-9]*.patch) i path changed

	first=$tmp/first
	rm -rf "$first"
	cp -a "$2" "$first"
	for ((i = ${#mails[@]} - 1; i >= 0; i--)); do
		changed=()
		while read -r path; do
			changed+=("--include=$path")
		done < <(sed -n 's,^diff --git a/\(.*\) b/.*,\1,p' "${mails[i]}" | grep -Fxf "$tmp/overlays")
		[ ${#changed[@]} != 0 ] || continue
		GIT_CEILING_DIRECTORIES=$tmp git -C "$first" -c core.autocrlf=false apply -R \
			--whitespace=nowarn "${changed[@]}" "${mails[i]}" 2>"$tmp/err" ||
			die "${mails[i]##*/} does not fit kernel/files: $(sed -n '/^error: /{s///p;q}' "$tmp/err")"
	done
}

# One commit on top of $tip: mail $1, overlay files from folder $first
build_commit() {
	local name=${1##*/} path mode tree_id key value author="" email="" date="" subject=""

	git mailinfo "$tmp/body" "$tmp/patch" <"$1" >"$tmp/info" 2>"$tmp/err" ||
		die "$name: $(sed -n 1p "$tmp/err")"
	while read -r key value; do
		case $key in
		Author:) author=$value ;;
		Email:) email=$value ;;
		Date:) date=$value ;;
		Subject:) subject=$value ;;
		esac
	done <"$tmp/info"
	{ [ -n "$author$email" ] && [ -n "$date" ] && [ -n "$subject" ]; } ||
		die "$name: a mail needs From, Date and Subject"
	printf '%s\n' "$subject" '' "$(<"$tmp/body")" | git stripspace >"$tmp/message"

	if grep -q '^diff --git' "$tmp/patch"; then
		g apply --cached --whitespace=nowarn "$tmp/patch" 2>"$tmp/err" || explain "$1"
	fi
	while read -r path; do
		[ -x "$first/$path" ] && mode=100755 || mode=100644
		g update-index --add --cacheinfo \
			"$mode,$(g hash-object -w --no-filters "$first/$path"),$path" 2>"$tmp/err" ||
			die "$name: $(sed -n 1p "$tmp/err")"
	done < <(overlays "$tmp/patch")

	tree_id=$(g write-tree)
	[ "$tree_id" != "$(g rev-parse "$tip^{tree}")" ] || die "$name: changes nothing"
	tip=$(commit "$tree_id" "$tip" "$tmp/message" "$author" "$email" "$date" 2>"$tmp/err") ||
		die "$name: $(sed -n 1p "$tmp/err")"
}

# Say in one line why mail $1 does not apply: git's first complaint in
# $tmp/err, with the hunk that git names by its first line only.
explain() {
	local error file line hunk

	error=$(sed -n '/^error: /{s///p;q}' "$tmp/err")
	case $error in
	"patch failed: "*)
		file=${error#patch failed: } line=${file##*:} file=${file%:*}
		hunk=$(awk -v file="--- a/$file" -v start="@@ -${line}[, ]" '
			/^diff --git / { n = 0 }
			/^--- / { here = $0 == file }
			/^@@ / { n++ }
			here && $0 ~ "^" start { print n " (" $0 ")"; exit }' "$tmp/patch")
		error="$file: hunk $hunk does not fit" ;;
	"corrupt patch at line "*)
		line=$((${error##* } + $(wc -l <"$1") - $(wc -l <"$tmp/patch")))
		error="corrupt patch at line $line" ;;
	esac
	die "${1##*/} does not apply: $error"
}
