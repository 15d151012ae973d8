# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the other files of series
# SPDX-License-Identifier: GPL-2.0
# From commits to mails for a mailing list.

# Write base..$tip as mails with a cover letter to the empty folder $1.
write_mails() {
	local cover=$1/0000-cover-letter.patch name email date

	[ "$tip" != "$base" ] || die "kernel/series/$version has no mail: nothing to export"
	[ -s "$series/cover.txt" ] ||
		die "kernel/series/$version/cover.txt is missing: its first line is the subject, the rest the text"
	! sed -n 1p "$series/cover.txt" | grep -q '[^ -~]' ||
		die "kernel/series/$version/cover.txt:1: the subject must be plain ASCII"
	# The cover letter comes from the author of the last commit, then.
	IFS='|' read -r name email date <<<"$(field "$tip" '%an|%ae|%aD')"
	GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$email GIT_COMMITTER_DATE=$date \
		g format-patch -q --cover-letter --base="$base" --no-signature \
		-o "$1" "$base..$tip"
	awk -v cover="$series/cover.txt" '
		BEGIN {
			getline subject <cover
			while ((getline line <cover) > 0)
				text = text line "\n"
			gsub(/^\n+|\n+$/, "", text)
		}
		/^Subject: / { sub(/\*\*\* SUBJECT HERE \*\*\*/, subject) }
		/^MIME-Version: / { mime = 1 }
		!body && /^$/ {
			body = 1
			if (!mime && text ~ /[^\t\n -~]/)
				print "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n" \
					"Content-Transfer-Encoding: 8bit"
		}
		$0 == "*** BLURB HERE ***" { print text; next }
		{ print }' "$cover" >"$tmp/cover"
	mv "$tmp/cover" "$cover"
}
