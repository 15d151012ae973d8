# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# From commits to mails and overlay files: the inverse of build.sh.

# Write the commits base..$1 to $2/series/$version and $2/files.
store_series() {
	local commit number=0 slug

	mkdir -p "$2/series/$version" "$2/files"
	for commit in $(commits "$1"); do
		number=$((number + 1))
		slug=$(field "$commit" %f)
		store_commit "$commit" "$2" "$(printf '%04d-%.52s.patch' $number "$slug")"
	done
	keep_others "$2"
}

# Commit $1 into folder $2 as mail $3
store_commit() {
	local commit=$1 mail=$2/series/$version/$3 status path body
	local hunks=() overlays=()

	while read -r status path; do
		if g cat-file -e "$base:$path" 2>/dev/null; then
			hunks+=("$path")
		elif [ "$status" = A ]; then
			overlays+=("Overlay: $path")
			store_overlay "$commit" "$path" "$2/files/$path"
		elif [ "$status" = M ]; then
			hunks+=("$path")
			store_overlay "$commit" "$path" "$2/files/$path"
		else
			die "$(field "$commit" '%h ("%s")') removes $path, which an earlier" \
				"commit of the series adds: squash the two"
		fi
	done < <(g diff-tree -r --no-renames --name-status "$commit^" "$commit")
	[ ${#hunks[@]}${#overlays[@]} != 00 ] ||
		die "$(field "$commit" '%h ("%s")') changes nothing: drop it"

	body=$(field "$commit" %b)
	{
		field "$commit" 'From: %an <%ae>%nDate: %aD%nSubject: [PATCH] %s%n'
		printf '%s' "${body:+$body$'\n'}"
		echo ---
		[ ${#overlays[@]} = 0 ] || printf '%s\n' "${overlays[@]}" ''
		[ ${#hunks[@]} = 0 ] || g diff-tree -p --no-renames --no-ext-diff \
			--abbrev=12 "$commit^" "$commit" -- "${hunks[@]}"
	} >"$mail"
}

# File $2 of commit $1 into file $3, which may be there as an earlier commit has it
store_overlay() {
	local mode

	mode=$(g ls-tree --format='%(objectmode)' "$1" -- "$2")
	mkdir -p "${3%/*}"
	rm -f "$3"
	g cat-file blob "$1:$2" >"$3"
	case $mode in
	100644) ;;
	100755) chmod +x "$3" ;;
	*) die "$(field "$1" '%h ("%s")') adds $2, which is no regular file" ;;
	esac
}

# Into folder $1: what is no mail (the cover letter), overlay files that only
# the series of other versions name, and the age of files that stay as they are.
keep_others() {
	local path

	for path in "$series"/*; do
		[[ $path == */[0-9]*.patch ]] || cp -p "$path" "$1/series/$version"
	done
	while read -r path; do
		{ [ -f "$files/$path" ] && [ ! -e "$1/files/$path" ]; } || continue
		mkdir -p "$(dirname "$1/files/$path")"
		cp -p "$files/$path" "$1/files/$path"
	done < <(find "$top/kernel/series" -name '[0-9]*.patch' ! -path "$series/*" -exec \
		sed -n 's/^Overlay: //p' {} +)
	(cd "$1" && find . -type f) | while read -r path; do
		! cmp -s "$1/$path" "$top/kernel/$path" ||
			touch -r "$top/kernel/$path" "$1/$path"
	done
}

# Does folder $1 hold what the repository holds? Else $tmp/differences tells.
same_as_stored() {
	diff -qr "$1/files" "$files" && diff -qr "$1/series/$version" "$series" &&
		diff <(executables "$1/files") <(executables "$files")
} >"$tmp/differences" 2>&1

executables() {
	(cd "$1" && find . -type f -perm -u+x | sort)
}
