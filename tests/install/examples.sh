#!/usr/bin/env bash
# The commands of README files do what is said beside them: README.md's and the libraries' run, and what
# they are shown to print is what they print.
. "$(dirname "$0")/../program/lib.sh"
root=$(cd "$here/../.." && pwd)
mkdir programs
ln -s "$SHAPESIM" programs/shapesim
PATH=$scratch/programs:$PATH
ln -s "$root/traces" traces
cp traces/web.pcap .

# commands FILE: the lines of its indented blocks that start shapesim, those that continue in the next joined
commands() { sed -n 's/^    //p' "$1" | sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' | grep '^shapesim '; }

# shown FILE COMMAND: what is shown below "$ COMMAND" in it
shown() {
    awk -v wanted="    \$ $2" '$0 == wanted { inside = 1; next }
        inside && !/^    / && !/^$/ { exit }
        inside && /^    \$/ { exit }
        inside { sub(/^    /, ""); print }' "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

count=0
while IFS= read -r command; do
    case $command in
    *report*) command -v gnuplot >/dev/null || continue ;;
    esac
    expect_status 0 bash -c "$command"
    count=$((count + 1))
done < <(commands "$root/README.md" && commands "$root/shaper/README.md")
[ "$count" -ge 9 ] || fail "only $count commands were found"

demo='build/shapesim run traces/web.pcap --rate 10mbit --burst 64KiB --tick 10ms'
expect_equal "what sim/demo runs" 1 "$(grep -cF "run=($demo)" "$root/sim/demo")"
expect_equal "the demo's output in README.md" "$(bash -c "${demo#build/}")" "$(shown "$root/README.md" "$demo")"
expect_status 0 bash -c "${demo#build/} -q -o demo"
responses=$(jq -r 'def ms: . * 1000 | round; .groups[0].responses |
    "Half of the \(.exchanges) responses take up to \(.response_p50_s | ms) ms, " +
    "\(.captured_response_p50_s | ms) ms in the capture; the limit adds \(.added_max_s | ms) ms at most"' \
    demo/summary.json)
tr '\n' ' ' <"$root/README.md" | grep -qF "$responses" || fail "README.md's text below the demo lacks: $responses"
verify='shapesim verify ten --min-jain 0.95 --max-p99-delay 60s'
read -r mean least grants < <(bash -c "${demo#build/}" |
    awk '/least J/ { below = 1 } below && $1 == "write" { print $2, $3, $6 }')
tr '\n' ' ' <"$root/README.md" |
    grep -q "index was $mean in the mean and $least at least; a megabyte took $grants grants" ||
    fail "README.md's text below the demo: the index is $mean and $least at least, grants per MB $grants"
expect_equal "verify's table in sim/README.md" "$(bash -c "$verify")" "$(shown "$root/sim/README.md" "$verify")"

# What the example of a filter prints is checked by tree.sh, which compiles it.
# shellcheck disable=SC2016 # it is text
filter='cc tests/install/filter.c $(pkg-config --cflags --libs shaper) && ./a.out'
printed=$(shown "$root/shaper/README.md" "$filter")
grep -qF "'$printed'" "$here/tree.sh" || fail "shaper/README.md shows that filter.c prints: $printed"

# What advise says.
advice=$(sed -n 's/^    \$ \(build\/shapesim advise .*\)$/\1/p' "$root/README.md")
[ -n "$advice" ] || fail "README.md asks no advice"
expect_equal "advice in README.md" "$(bash -c "${advice#build/}" 2>err)" "$(shown "$root/README.md" "$advice")"

# What a min-share costs.
shares=$(sed -n 's/^    \$ \(shapesim sweep .* -o shares\)$/\1/p' "$root/sim/README.md")
[ -n "$shares" ] || fail "sim/README.md has no sweep of min-shares"
expect_equal "min-shares in sim/README.md" "$(bash -c "$shares" 2>err)" "$(shown "$root/sim/README.md" "$shares")"

finish
