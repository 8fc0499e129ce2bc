# What the sources of the gallery say, statement by statement, and what shows it: COVERAGE.md; sourced by run.
#
# statements.tsv has a row per statement: source, section, statement, finding, and the entries that show it. Instead
# of entries it has `-` where nothing can show it here (the finding says why), or `open` where no entry shows it yet.
# shellcheck shell=bash disable=SC2154

# statements: the rows, without the header
statements() { sed 1d "${STATEMENTS:-$here/statements.tsv}"; }

# names_in_code: what of libevent's names stands in the gallery's programs and in shapesim
names_in_code() {
    grep -hoE '\b(bufferevent|ev_token_bucket|BEV|BUFFEREVENT|evdns)_[A-Za-z0-9_]+' "$here"/*.c \
        "$root"/shaper/*/*.[ch] "$root"/sim/*/*.[ch] | sort -u
}

# wrong_statements: a line for each row that is no statement, or says what cannot be
wrong_statements() {
    awk -F'\t' -v entries="$(all_entries)" '
        BEGIN { n = split(entries, name, "\n"); for (i = 1; i <= n; i++) is_entry[name[i]] = 1 }
        FILENAME == "/dev/stdin" { in_code[$1] = 1; next }
        FNR == 1 { next }
        function wrong(what) { print "statement in line " FNR ": " what }
        NF != 5 { wrong("has " NF " fields, not 5"); next }
        { for (i = 1; i <= 5; i++) if ($i == "") wrong("field " i " is empty") }
        $3 in line { wrong("is the same as line " line[$3]) }
        { line[$3] = FNR }
        $5 == "open" { if ($4 != "not shown yet") wrong("is open, but has a finding"); next }
        $4 == "not shown yet" { wrong("is not shown, but not open"); next }
        $5 == "-" { next }
        { n = split($5, name, " "); for (i = 1; i <= n; i++) if (!(name[i] in is_entry)) wrong("no entry " name[i])
          n = split($3, part, "`")
          for (i = 2; i <= n; i += 2) {
              sub(/\(.*/, "", part[i])
              if (part[i] ~ /^(bufferevent|ev_token_bucket|BEV|BUFFEREVENT|evdns)_/ && !(part[i] in in_code))
                  wrong("no program of the gallery has " part[i]) } }' \
        /dev/stdin "${STATEMENTS:-$here/statements.tsv}" < <(names_in_code)
}

# linked ENTRY...: each with a link into its chapter
linked() {
    local name
    for name; do printf '[%s](chapters/%s.md#%s)\n' "$name" "$(chapter_of "$name")" "$name"; done | one_line
}

# count_where CONDITION: rows for which the awk condition holds
count_where() { statements | awk -F'\t' "$1 { n++ } END { print n + 0 }"; }

print_coverage() {
    local source section statement finding shown last='' number=0
    cat <<TEXT
# What the sources say, and what shows it

Every statement, function and option of the libevent book's chapter on advanced bufferevents (*book*), of notes on the
chapter before it (*notes*) and of Apache's guide to output filters (*httpd*), and what libevent 2.1.12 and Apache do.

- statements: $(count_where 1)
- shown by entries of [the gallery](README.md): $(count_where '$5 != "open" && $5 != "-"')
- not to be shown here, with the reason: $(count_where '$5 == "-"')
- open: $(count_where '$5 == "open"')
TEXT
    while IFS=$tab read -r source section statement finding shown; do
        number=$((number + 1))
        if [ "$section" != "$last" ]; then
            printf '\n## %s\n\n| | Source | Statement | What happens | Shown by |\n|---|---|---|---|---|\n' "$section"
            last=$section
        fi
        case $shown in
        open) shown='**open**' ;;
        -) shown='nothing' ;;
        *)
            # shellcheck disable=SC2086
            shown=$(linked $shown)
            ;;
        esac
        printf '| %d | %s | %s | %s | %s |\n' $number "$source" "$statement" "$finding" "$shown"
    done < <(statements)
}
