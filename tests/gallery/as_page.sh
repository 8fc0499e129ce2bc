# The gallery as one HTML page with figures; sourced by run. Nothing in it is fetched from elsewhere,
# and it says nothing of when and where it was made: the same entries make the same bytes.
# shellcheck shell=bash disable=SC2154

# --- figures of an entry, while what it ran is still there ------------------------------------------

# note_output ARGUMENT...: remembers, in the order of the commands, what a run was asked to write
note_output() {
    while [ $# -gt 1 ]; do
        [ "$1" != -o ] || printf '%s\n' "$2" >>../outputs
        shift
    done
}

# is_limited_run DIR: a finished run, and one with a limit on a group
is_limited_run() { [ -f "$1/summary.json" ] && grep -q '_rate_bytes_per_tick": [1-9]' "$1/summary.json"; }

# figures_of_last_run: what is shown unless the entry says otherwise
figures_of_last_run() {
    local run last=''
    [ -f ../outputs ] || return 0
    while read -r run; do
        if is_limited_run "$run"; then last=$run; fi
    done <../outputs
    [ -z "$last" ] || printf '%s:level\n' "$last"
}

# made_unique PREFIX: before every id of a figure, and before all that refers to one; without what is for the script
# of a report's page
made_unique() {
    sed -E "/^<p class=\"reading\"/d; s/([ <]id=|aria-labelledby=)([\"'])/\1\2$1-/g; s/(href=[\"']|url\()#/\1#$1-/g"
}

# report_of RUN: its page, made once; what it says is kept if it fails. RUN may be several, joined by +.
report_of() {
    local runs
    [ ! -f "$1/report/index.html" ] || return 0
    IFS=+ read -r -a runs <<<"$1"
    if [ ${#runs[@]} -gt 1 ]; then
        mkdir -p "$1"
        runs+=(-o "$1/report")
    fi
    "$SHAPESIM" report "${runs[@]}" --format svg --quiet 2>../no-figures
}

# draw_figures NAME RUN:FIGURE...: leaves them, as they stand in the page, as the file figures
draw_figures() {
    local name=$1 chosen number=0 run
    shift
    command -v gnuplot >/dev/null || return 0
    for chosen; do
        number=$((number + 1))
        run=${chosen%:*}
        report_of "$run" || return
        sed -n "/^<figure id=\"${chosen##*:}\">/,/^<\/figure>/p" "$run/report/index.html" >figure
        if [ ! -s figure ]; then
            printf 'run %s has no figure %s\n' "$run" "${chosen##*:}" >../no-figures
            return
        fi
        made_unique "$name-$number" <figure |
            sed "s|^\(.*\)<figcaption\([^>]*\)>|\1<figcaption\2><code>$(as_html <<<"$run")</code>: |" >>../figures
    done
}

# --- the page ---------------------------------------------------------------------------------------

as_html() { sed "s/&/\\&amp;/g; s/</\\&lt;/g; s/>/\\&gt;/g; s/\"/\\&quot;/g; s/'/\\&#39;/g"; }

# as_prose: likewise; what stands between backquotes is code
as_prose() { as_html | sed 's/`\([^`]*\)`/<code>\1<\/code>/g'; }

# page_style: the style of the pages of `shapesim report`, and the gallery's own
page_style() {
    cat "$root/sim/report/page.css"
    cat <<'END'
.entries td,.entries th{text-align:left;vertical-align:top;white-space:normal}
h2 small{display:block;font-weight:normal}
dd{white-space:pre-wrap}dd pre{margin:0;font-size:.8rem}section>p{white-space:normal}
END
}

page_head() {
    cat <<END
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The gallery - shapesim</title>
<link rel="icon" href="data:,">
<style>
$(page_style)
</style></head><body><main>
<h1>The gallery</h1>
<p>What the libevent book says of bufferevents and rate limiting, and what libevent 2.1.12 does: an entry per
claim, with exact figures. Time is virtual and random numbers are seeded, so there are no tolerances. Each entry
runs the commands shown with it, in an empty folder. A caption begins with the run that is drawn.</p>
END
    command -v gnuplot >/dev/null || cat <<'END'
<p class="note">This page has no figures, because gnuplot is not installed where it was made. With gnuplot
5.4 or later (Debian: apt-get install gnuplot-nox) the same command draws them.</p>
END
}

page_contents() {
    local name chapter last=''
    printf '<table class="entries"><thead><tr><th>entry</th><th>claim</th><th>verdict</th></tr></thead><tbody>\n'
    for name in "${names[@]}"; do
        chapter=${title_of[$(chapter_of "$name")]}
        [ "$chapter" = "$last" ] ||
            printf '<tr><th colspan="3" scope="rowgroup">%s</th></tr>\n' "$(as_prose <<<"$chapter")"
        last=$chapter
        printf '<tr><td data-label="entry"><a href="#%s">%s</a></td><td data-label="claim">%s</td>' \
            "$name" "$name" "$(as_prose <"$scratch/$name/claim")"
        printf '<td data-label="verdict">%s</td></tr>\n' "$(verdict "$name")"
    done
    printf '</tbody></table>\n'
}

# page_value FILE: in one line, or as it stands where it has more than a few
page_value() {
    if is_long "$1"; then printf '<pre>%s</pre>' "$(as_html <"$1")"; else as_html <"$1" | one_line; fi
}

page_entry() {
    local directory=$scratch/$1
    printf '<section id="%s">\n<h2>%s <small>%s</small></h2>\n' "$1" "$1" "$(as_prose <"$directory/claim")"
    printf '<p>%s</p>\n<pre>%s</pre>\n<dl>\n' "$(as_prose <"$directory/text")" "$(as_html <"$directory/commands")"
    printf '<dt>expected</dt><dd>%s</dd>\n' "$(page_value "$directory/expected")"
    printf '<dt>measured</dt><dd>%s</dd>\n' "$(page_value "$directory/measured")"
    printf '<dt>verdict</dt><dd>%s</dd>\n</dl>\n' "$(verdict "$1")"
    [ ! -s "$directory/figures" ] || cat "$directory/figures"
    [ ! -s "$directory/no-figures" ] ||
        printf '<p class="note">No figure: %s</p>\n' "$(as_html <"$directory/no-figures")"
    printf '</section>\n'
}

print_page() {
    local name
    page_head
    page_contents
    for name in "${names[@]}"; do page_entry "$name"; done
    printf '</main></body></html>\n'
}

# write_page DIR: all of index.html or none of it; fails if a figure could not be drawn
write_page() {
    mkdir -p "$1" && print_page >"$scratch/page" && cp "$scratch/page" "$1/index.html.part" &&
        mv "$1/index.html.part" "$1/index.html" || return
    ! find "$scratch" -mindepth 2 -maxdepth 2 -name no-figures -size +0 -exec cat {} + | grep . >&2
}
