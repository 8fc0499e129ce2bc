#!/usr/bin/env bash
# `tests/gallery/run --page`: a section per entry, figures whose ids are their own, nothing from
# elsewhere, the same bytes twice; without gnuplot no figures but a word about it.
# SHAPESIM and GALLERY_NATIVE name the programs. Exits 77 where gnuplot is missing.
set -u -o pipefail
export LC_ALL=C
command -v gnuplot >/dev/null || { echo 'skipped: gnuplot is not installed'; exit 77; }
: "${SHAPESIM:?path of shapesim}" "${GALLERY_NATIVE:?path of gallery_native}"

run=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/run
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

bad() {
    printf 'page.sh: %s\n' "$*" >&2
    failures=$((failures + 1))
}

# made DIR: of an entry with two figures of its own choice, one with the default, one that has no run
made() { "$run" --page "$1" share-idle-neighbour event-limit limits-values >/dev/null || bad "$1 fails"; }

# ids FILE: of all elements; figures FILE, sections FILE: the ids of these, in their order
ids() { grep -oE "[^a-z-]id=[\"'][^\"']*[\"']" "$1" | cut -c 5- | tr -d "\"'"; }
figures() { sed -n 's/^<figure id="\([^"]*\)">$/\1/p' "$1" | paste -sd ' '; }
sections() { sed -n 's/^<section id="\([^"]*\)">$/\1/p' "$1" | paste -sd ' '; }

made first
made second
page=first/index.html
cmp "$page" second/index.html || bad 'two pages of the same entries differ'
[ "$(sections "$page")" = 'share-idle-neighbour event-limit limits-values' ] || bad "sections: $(sections "$page")"
[ "$(figures "$page")" = 'share-idle-neighbour-1-fairness share-idle-neighbour-2-fairness event-limit-1-level' ] ||
    bad "figures: $(figures "$page")"
[ "$(grep -c '^<svg' "$page")" -eq 3 ] || bad 'there are not three pictures'
[ -z "$(ids "$page" | sort | uniq -d)" ] || bad "ids twice: $(ids "$page" | sort | uniq -d | head -n 3 | paste -sd ' ')"
grep -oE "(href=[\"']|url\()#[^\"')]*" "$page" | sed 's/.*#//' | sort -u >referred
[ -z "$(comm -23 referred <(ids "$page" | sort))" ] ||
    bad "there is no id $(comm -23 referred <(ids "$page" | sort) | head -n 1)"
sed -E "s/ xmlns(:[a-z]+)?=[\"'][^\"']*[\"']//g" "$page" | grep -E 'https?://|<script' &&
    bad 'it wants something from elsewhere'
grep -q '^@media (prefers-color-scheme: dark)' "$page" || bad 'it has not the style of a report'
while read -r black; do
    grep -qF "svg [fill='$black']" "$page" || bad "text filled with $black cannot be read on a dark page"
done < <(grep -oE "fill=[\"'](black|rgb\( *0, *0, *0\))" "$page" | sed "s/fill=.//" | sort -u)
# chapters FILE: the titles between the rows of the contents
chapters() { sed -n 's|^<tr><th colspan="3" scope="rowgroup">\(.*\)</th></tr>$|\1|p' "$1" | paste -sd ';'; }
[ "$(chapters "$page")" = 'Groups and shares;Limits that change in mid-run;Buckets, ticks and clocks' ] ||
    bad "chapters: $(chapters "$page")"
grep -q '&quot;chosen randomly&quot;: idle neighbours decide' "$page" || bad 'text is not escaped'
grep -q '<dd>3961 36039, 19840 20160</dd>' "$page" || bad 'figures measured are missing'
[ "$(tail -n 1 "$page" | tail -c 8)" = '</html>' ] || bad 'it is cut off'

# Where only what the script itself needs is installed.
mkdir programs
for program in awk bash cat cmp cp cut dirname find grep head mkdir mktemp mv paste readlink realpath rm sed \
    sort tail tr uniq wc; do
    ln -s "$(command -v $program)" programs/
done
PATH=$work/programs made without
grep -q 'has no figures, because gnuplot is not installed' without/index.html || bad 'no word about gnuplot'
[ "$(sections without/index.html)" = "$(sections "$page")" ] || bad 'without gnuplot entries are missing'
grep -q '<figure' without/index.html && bad 'there are figures without gnuplot'

"$run" --page >/dev/null 2>said
[ $? -eq 2 ] && [ "$(cat said)" = '--page takes the folder to write to' ] || bad '--page alone is not refused'

[ $failures -eq 0 ]
