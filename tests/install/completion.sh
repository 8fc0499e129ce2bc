#!/usr/bin/env bash
# The completions of bash and zsh, BASH_COMPLETION and ZSH_COMPLETION, against the program's help.
. "$(dirname "$0")/../program/lib.sh"
: "${BASH_COMPLETION:?that of bash}" "${ZSH_COMPLETION:?that of zsh}"

mkdir -p place/runs/one place/runs/two
cd place || exit 1
touch a.pcap b.pcapng c.cap.gz notes.txt 'with space.pcap'

# flags COMMAND...: its options, as its help has them
flags() { "$SHAPESIM" "$@" --help | grep -Eo -- '^  (-.,|   ) --[a-z0-9-]+' | grep -Eo -- '-[a-z0-9-]+' | sort; }
# choices COMMAND...: options with words to choose from: "--transport pair|socket|tls"
choices() {
    "$SHAPESIM" "$@" --help | grep -Eo -- '--[a-z0-9-]+ [a-zA-Z-]+[|,][a-zA-Z|,-]+[a-zA-Z]' | sed 's/ KEY,$//'
}

# --- bash -----------------------------------------------------------------------------------------

# in_bash WORD...: what the last of a line's words would become
in_bash() {
    bash --norc -c '
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _shapesim
        printf "%s\n" "${COMPREPLY[@]}"' bash "$BASH_COMPLETION" shapesim "$@" | sort
}

expect_equal "how it is bound" "complete -F _shapesim shapesim" \
    "$(bash --norc -c 'source "$1"; complete -p shapesim' bash "$BASH_COMPLETION")"
expect_equal "commands" "$(list --help --version advise help report run sweep trace verify)" "$(in_bash '')"
expect_equal "commands that begin with r" "$(list report run)" "$(in_bash r)"
expect_equal "trace" "$(list info synth)" "$(in_bash trace '')"
for command in run sweep advise verify report 'trace info' 'trace synth'; do
    read -ra words <<<"$command"
    expect_equal "options of $command" "$(flags "${words[@]}")" "$(in_bash "${words[@]}" -)"
    choices "${words[@]}" >../choices
    while read -r option values; do
        expected=$(tr '|,' '\n' <<<"$values" | grep '^[a-z]' | sort)
        expect_equal "$command $option" "$expected" "$(in_bash "${words[@]}" "$option" '')"
        expect_equal "$command $option=" "$expected" "$(in_bash "${words[@]}" "$option" = '')"
        [[ $values == svg,* ]] || expect_equal "$command $option=, one word" \
            "$(awk -v option="$option=" '{ print option $0 }' <<<"$expected")" "$(in_bash "${words[@]}" "$option=")"
    done <../choices
done
[ "$("$SHAPESIM" run --help | grep -c 'pair|socket|tls')" -eq 1 ] || fail "no --transport in the help"
expect_equal "a word's beginning" "$(list active-share)" "$(in_bash run a.pcap --scheduler ac)"
expect_equal "after a =" "$(list random)" "$(in_bash run --payload = ra)"
expect_equal "directly after a =" "$(list random text zero)" "$(in_bash run --payload =)"
expect_equal "a list" "$(list svg,pdf svg,png)" "$(in_bash report --format svg,p)"
expect_equal "a list of keys" "$(list jain,p50 jain,p99)" "$(in_bash sweep --rank jain,p)"
expect_equal "columns of a table" "$(list min-share,jain min-share,jain-1 min-share,jain-least)" \
    "$(in_bash report --table min-share,ja)"
expect_equal "--via" "$(list deflate deflate= overhead= ratelimit=)" "$(in_bash run --via '')"
expect_equal "--vary" "$(list min-share=)" "$(in_bash sweep --vary min)"
expect_equal "no words" "" "$(in_bash run --rate '')"
expect_equal "no words after a =" "" "$(in_bash run --rate = '')"
for command in run sweep advise 'trace info'; do
    read -ra words <<<"$command"
    expect_equal "$command: captures and directories" \
        "$(list a.pcap b.pcapng c.cap.gz runs 'with space.pcap' | sort)" "$(in_bash "${words[@]}" '')"
done
expect_equal "other files, where there is no capture" notes.txt "$(in_bash run no)"
expect_equal "directories in one" "$(list runs/one runs/two)" "$(in_bash verify runs/)"
for words in "verify" "report" "run -o" "run --output" "verify --against" "sweep --collect"; do
    read -ra words <<<"$words"
    expect_equal "${words[*]}: directories" runs "$(in_bash "${words[@]}" '')"
done
expect_equal "a capture to make" notes.txt "$(in_bash trace synth -o no)"
expect_equal "no operand" "" "$(in_bash trace synth '')"

# --- zsh ------------------------------------------------------------------------------------------

if ! command -v zsh >/dev/null; then
    printf 'without zsh: its part is left out\n'
    finish
fi
expect_equal "zsh -n" "" "$(zsh -n "$ZSH_COMPLETION" 2>&1)"
mkdir ../functions
cp "$ZSH_COMPLETION" ../functions/_shapesim
# What a line editor does that puts each line of a file in, asks for completions, and writes these down: a
# block for each line, ended by an empty one.
cat >../answer.zsh <<'ZSH'
fpath=($PWD/../functions $fpath)
autoload -Uz compinit
compinit -D -u
unsetopt auto_list auto_menu # nothing is to be asked
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits == 0 )) || print -rl -- $hits >>../hits
    builtin compadd "$@"
}
zle-line-init() {
    local line
    for line in ${(f)"$(<../lines)"}; do
        : >../hits
        BUFFER=$line CURSOR=$#line
        zle complete-word
        sort -u ../hits >>../got
        print >>../got
    done
    BUFFER=exit
    zle accept-line
}
zle -N zle-line-init
ZSH
# On a terminal of its own, as there is no line editor without.
cat >../ask.zsh <<'ZSH'
zmodload zsh/zpty
zpty asked 'PS1= TERM=dumb zsh -f -i'
zpty -w asked 'source ../answer.zsh'
while zpty -r asked; do :; done
ZSH

{
    list 'shapesim '
    list 'shapesim trace '
    for command in run sweep advise verify report 'trace info' 'trace synth'; do
        list "shapesim $command --"
    done
    list 'shapesim run --transport=' 'shapesim run a.pcap --scheduler ' 'shapesim trace info a.pcap --count '
    list 'shapesim report --format svg,p' 'shapesim sweep --vary min' 'shapesim run --via '
    list 'shapesim run ' 'shapesim verify ' 'shapesim run -o '
} >../lines
{
    list --help --version advise help report run sweep trace verify ''
    list info synth ''
    for command in run sweep advise verify report 'trace info' 'trace synth'; do
        read -ra words <<<"$command"
        flags "${words[@]}" | grep -- ^--
        list ''
    done
    list pair socket tls ''
    list active-share drr libevent round-robin sfq shuffle ''
    list ip payload stream wire ''
    list pdf png ''
    list min-share= ''
    list deflate deflate= overhead= ratelimit= ''
    list a.pcap b.pcapng c.cap.gz runs 'with\ space.pcap' ''
    list runs ''
    list runs ''
} >../expected
timeout 120 zsh -f ../ask.zsh >../screen 2>&1 || fail "zsh did not answer: $(tail -n 3 ../screen)"
expect_equal "zsh" "$(cat ../expected)" "$(cat ../got)"

finish
