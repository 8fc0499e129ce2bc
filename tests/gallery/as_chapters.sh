# The gallery as Markdown files; sourced by run: README.md with a list of the chapters and their claims, a file per
# chapter with all of its entries.
# shellcheck shell=bash disable=SC2154

# --- which entry is in which chapter ----------------------------------------------------------------

# read_chapters: from chapters.txt, into chapters (the files' names, in order), title_of and chapter_of_word
read_chapters() {
    local chapter words title word
    declare -gA title_of chapter_of_word
    declare -ga chapters
    while IFS=: read -r chapter words title; do
        case $chapter in '#'* | '') continue ;; esac
        chapters+=("$chapter")
        title_of[$chapter]=${title# }
        for word in $words; do chapter_of_word[$word]=$chapter; done
    done <"$here/chapters.txt"
}

# chapter_of ENTRY: its chapter, or nothing
chapter_of() { printf '%s\n' "${chapter_of_word[${1%%-*}]-}"; }

# all_entries: the names of all, chapter by chapter; fails if one is in none
all_entries() {
    local file name chapter chosen word lost=0
    for chapter in "${chapters[@]}"; do
        for file in "$here"/entries/*.sh; do
            name=${file##*/}
            name=${name%.sh}
            word=${name%%-*}
            chosen=${chapter_of_word[$word]-}
            [ "$chosen" != "$chapter" ] || printf '%s\n' "$name"
        done
    done
    for file in "$here"/entries/*.sh; do
        name=${file##*/}
        word=${name%.sh}
        word=${word%%-*}
        if [ -z "${chapter_of_word[$word]-}" ]; then
            printf 'entry %s is in no chapter: add %s to tests/gallery/chapters.txt\n' "${name%.sh}" "$word" >&2
            lost=1
        fi
    done
    return $lost
}

# --- Markdown ---------------------------------------------------------------------------------------

# of_chapter CHAPTER: those of the entries that ran
of_chapter() {
    local name
    for name in "${names[@]}"; do
        [ "$(chapter_of "$name")" != "$1" ] || printf '%s\n' "$name"
    done
}

print_index() {
    local chapter name
    cat <<'TEXT'
# The gallery

What the libevent book says of bufferevents and rate limiting, and what libevent 2.1.12 does: an entry per claim, with
exact figures. Time is virtual and random numbers are seeded, so there are no tolerances. Each entry runs the commands
shown with it, in an empty folder; `gallery_native` shows on libevent's own functions what a replay cannot show.
[COVERAGE.md](COVERAGE.md) lists all that the book says, and which entry shows it.

    tests/gallery/run [ENTRY...]      runs all entries, or those named, and prints them as a table
    tests/gallery/run --page DIR      also writes DIR/index.html, a page with figures of the runs
    tests/gallery/run --coverage      prints COVERAGE.md and runs nothing
    tests/gallery/run --markdown DIR  also writes this file, chapters/*.md and COVERAGE.md to DIR

TEXT
    printf '%d entries:\n' ${#names[@]}
    for chapter in "${chapters[@]}"; do
        printf '\n## %s\n\n| Entry | Claim |\n|---|---|\n' "${title_of[$chapter]}"
        while read -r name; do
            printf '| [%s](chapters/%s.md#%s) | %s |\n' "$name" "$chapter" "$name" "$(cat "$scratch/$name/claim")"
        done < <(of_chapter "$chapter")
    done
}

# print_values TITLE FILE: as a line or, where they are many, as they stand
print_values() {
    if is_long "$2"; then
        printf '\n%s:\n\n' "$1"
        sed 's/^/    /' "$2"
    else
        printf '\n%s: %s\n' "$1" "$(one_line <"$2")"
    fi
}

print_entry() {
    local directory=$scratch/$1
    printf '\n## %s\n\n**%s.**\n' "$1" "$(cat "$directory/claim")"
    cat "$directory/text"
    printf '\n'
    sed 's/^/    /' "$directory/commands"
    [ "$(verdict "$1")" = ok ] || print_values 'Expected, but not measured' "$directory/expected"
    print_values 'Measured' "$directory/measured"
}

print_chapter() {
    local name
    printf '# %s\n\nA chapter of [the gallery](../README.md).\n' "${title_of[$1]}"
    while read -r name; do print_entry "$name"; done < <(of_chapter "$1")
}

# write_markdown DIR: README.md, COVERAGE.md and the chapters
write_markdown() {
    local chapter
    mkdir -p "$1/chapters" && print_index >"$1/README.md" && print_coverage >"$1/COVERAGE.md" || return
    for chapter in "${chapters[@]}"; do
        print_chapter "$chapter" >"$1/chapters/$chapter.md" || return
    done
}

# check_markdown: whether the files here are those; says what differs, what is missing and what is too many
check_markdown() {
    local file same=0
    write_markdown "$scratch/markdown" || return
    for file in README.md COVERAGE.md chapters; do
        diff -ruN "$here/$file" "$scratch/markdown/$file" >&2 || same=1
    done
    if ! grep -q "holds ${#names[@]} claims" "$root/README.md"; then
        printf 'README.md does not say that the gallery holds %d claims\n' ${#names[@]} >&2
        return 1
    fi
    [ $same -eq 0 ] || printf 'the Markdown files are not what tests/gallery/run --markdown tests/gallery writes\n' >&2
    return $same
}
