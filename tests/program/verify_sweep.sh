#!/usr/bin/env bash
# verify of a sweep: every run, missing and failed ones named; and the JUnit XML of runs and sweeps.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
vary=(sweep t.pcap --rate 100kbit --tick 10ms --vary 'min-share=1,64' --seeds 1-2 --files all -j 1 -q -o s)
expect_status 0 "$SHAPESIM" "${vary[@]}"
id() { printf 't.pcap_min-share=%s_seed=%s' "$1" "$2"; }

# --- whole sweeps ---------------------------------------------------------------------------------

expect_status 0 "$SHAPESIM" verify s --max-burst 1MB
expect_equal "nothing to say" '4 runs checked, 0 failed' "$(cat out)"
expect_equal "no error" '' "$(cat err)"

# Demands apply to each run; min-shares differ in how much a group overdraws its bucket.
sigma() { sed -n 's/^ *"sigma_charged_bytes": \([0-9]*\),*$/\1/p' "s/runs/$(id "$1" "$2")/summary.json" | head -n 1; }
least=$(sigma 1 1)
[ "$(sigma 64 1)" -gt "$least" ] || fail 'a larger min-share overdraws no more'
expect_status 1 "$SHAPESIM" verify s --want "read.burst<=$least"
expect_equal "runs that miss a demand" "$(for seed in 1 2; do
    printf '%s: summary.json: group all: read: burst: %s B is above the %s B demanded\n' "$(id 64 $seed)" \
        "$(sigma 64 $seed)" "$least"
done)
4 runs checked, 2 failed" "$(cat out)"
expect_equal "how many" 'shapesim: s: 2 of 4 runs fail' "$(cat err)"

# Fairness of a capture over contended windows of 200 ms, 10 ticks: only the small min-share is fair, wherever
# the run ends.
for cut in '' '--max-time 3s'; do
    # shellcheck disable=SC2086 # words
    expect_status 0 "$SHAPESIM" sweep "$here/../../traces/web.pcap" --rate 4mbit --burst 64KiB --tick 20ms \
        $cut --vary min-share=64,4096,10000 --replay open -q -o "fair$cut"
    expect_status 1 "$SHAPESIM" verify "fair$cut" --min-jain 0.9@200ms
    expect_equal "$cut: who is not fair" 'web.pcap_min-share=4096_seed=1
web.pcap_min-share=10000_seed=1' \
        "$(sed -n 's/: summary.json: group all: write: jain over 200 ms (10 ticks): 0\.[0-9]* is below .*//p' out)"
    expect_equal "$cut: how many" '3 runs checked, 2 failed' "$(tail -n 1 out)"
done

# --- runs that are not there, failed, or not the sweep's --------------------------------------------

cp -r s t
rm -r "t/runs/$(id 1 2)"
printf '0.000000,0,all\n' >>"t/runs/$(id 64 1)/burst.csv"
rm -r "t/runs/$(id 64 2)"
cp -r "t/runs/$(id 1 1)" "t/runs/$(id 64 2)"
expect_status 1 "$SHAPESIM" verify t
expect_equal "the last line" '4 runs checked, 3 failed' "$(tail -n 1 out)"
expect_match "a missing run" "^$(id 1 2): is missing; the same sweep command runs it\$" out
expect_match "a damaged run" \
    "^$(id 64 1): burst.csv: row [0-9]+: 3 fields under 7 columns; burst.csv: its XXH3-128 is " out
expect_match "another run in its place" \
    "^$(id 64 2): summary.json: command: not that of this run of the sweep, which is .*--min-share 64" out
expect_status 1 "$SHAPESIM" verify t --json
if command -v python3 >/dev/null; then
    expect_equal "as JSON" "t.pcap_min-share=1_seed=1 holds 19
t.pcap_min-share=1_seed=2 fails 0
t.pcap_min-share=64_seed=1 fails 18
t.pcap_min-share=64_seed=2 fails 19
4 3" "$(python3 -c '
import json
sweep = json.load(open("out"))
for run in sweep["runs"]:
    print(run["run"], run["verdict"], len(run["checks"]))
    assert (run["verdict"] == "holds") == (run["message"] == "")
    for check in run["checks"]:
        assert sorted(check) == ["bound", "check", "figure", "message", "verdict"]
print(sweep["checked"], sweep["failed"])')"
else
    printf 'skipped: no python3 to read JSON\n'
fi

# A run that failed says why.
expect_status 1 "$SHAPESIM" sweep t.pcap --rate 100kbit --tick 10ms --max-flows 1 --vary min-share=64 -q -o failed
expect_status 1 "$SHAPESIM" verify failed
expect_match "a run that failed" '^t.pcap_min-share=64_seed=1: failed: .*max-flows' out
expect_equal "a run that failed: the last line" '1 runs checked, 1 failed' "$(tail -n 1 out)"

expect_status 2 "$SHAPESIM" verify s --against s
expect_equal "two sweeps" \
    'shapesim: --against: compares two runs, and s holds a sweep; give two of its folders runs/ID' "$(cat err)"
mkdir broken && echo '{' >broken/sweep.json
expect_status 2 "$SHAPESIM" verify broken
expect_match "a damaged sweep" '^shapesim: broken: holds no sweep' err

# --- JUnit XML --------------------------------------------------------------------------------------

# expect_xml FILE: it is well formed
expect_xml() {
    if command -v xmllint >/dev/null; then
        expect_status 0 xmllint --noout "$1"
    elif command -v python3 >/dev/null; then
        expect_status 0 python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1"
    else
        printf 'skipped: neither xmllint nor python3 to read XML\n'
    fi
}

run=s/runs/$(id 64 1)
expect_status 1 "$SHAPESIM" verify "$run" --no-hashes --want 'read.burst<=1' --junit one.xml
rows=$(grep -cE ' (holds|fails|skipped)$' out)
expect_xml one.xml
expect_equal "a suite, and a case for each check" \
    "<testsuites name=\"shapesim verify\">
  <testsuite name=\"$run\" tests=\"$rows\" failures=\"1\" errors=\"0\" skipped=\"1\">" "$(sed -n 2,3p one.xml)"
expect_equal "cases" "$rows" "$(grep -c '<testcase ' one.xml)"
expect_equal "what fails" "    <testcase classname=\"$run\" name=\"--want read.burst&lt;=1\">
      <failure message=\"summary.json: group all: read: burst: $(sigma 64 1) B is above the 1 B demanded\">\
$(sigma 64 1) B (all read), the bound is 1 B</failure>" "$(grep -B1 '<failure' one.xml)"
expect_equal "what was skipped" "    <testcase classname=\"$run\" name=\"files are as written\">
      <skipped message=\"not compared: --no-hashes\"/>" "$(grep -B1 '<skipped' one.xml)"
expect_status 1 "$SHAPESIM" verify t --junit t.xml
expect_xml t.xml
expect_equal "suites" 4 "$(grep -c '<testsuite ' t.xml)"
expect_match "a missing run" '<failure message="is missing; the same sweep command runs it"/>' t.xml
# The same checks give the same bytes, over an earlier file.
cp t.xml before.xml
expect_status 1 "$SHAPESIM" verify t --junit t.xml
expect_same "again" before.xml t.xml

# Names that XML cannot write, and what must be escaped.
name=$'a&"<\x01\xff\n'
cp -r "$run" "$name"
expect_status 0 "$SHAPESIM" verify "$name" --junit name.xml
expect_xml name.xml
expect_match "a name" '<testsuite name="a&amp;&quot;&lt;��&#10;" tests=' name.xml

# What is the user's stays.
echo mine >mine.xml
expect_status 1 "$SHAPESIM" verify s --junit mine.xml
expect_equal "a file of the user's" 'shapesim: --junit: mine.xml: is no JUnit XML of shapesim, so it stays as it is; '\
'move it away, or choose another --junit FILE' "$(cat err)"
expect_equal "it stays" mine "$(cat mine.xml)"
echo mine >new.xml.part
expect_status 1 "$SHAPESIM" verify s --junit new.xml
expect_equal "it stays, too" mine "$(cat new.xml.part)"
[ ! -e new.xml ] || fail 'new.xml is there'
ln -s t.xml linked.xml
expect_status 1 "$SHAPESIM" verify s --junit linked.xml
expect_match "a symbolic link" 'linked.xml: is a symbolic link' err
expect_status 1 "$SHAPESIM" verify s --junit none/new.xml
expect_match "no folder" '^shapesim: --junit: cannot create none/new.xml.part: No such file' err
"$SHAPESIM" verify s --junit /dev/stdout 2>err | cat >piped
expect_match "a pipe" '^</testsuites>$' piped
# What cannot be checked at all leaves no file.
expect_status 2 "$SHAPESIM" verify broken --junit broken.xml
expect_equal "nothing is left" '' "$(find . -name 'broken.xml*')"
finish
