#!/usr/bin/env bash
# Whoever gets hold of a process that reads a capture or a run's files gains nothing (intruder.c):
# what starts programs or opens connections is killed, anything else is refused, and the command goes
# on and does what it does without.
. "$(dirname "$0")/steps.sh"
: "${INTRUDER_LIBRARY:?path of libintruder.so}"
INTRUDER_LIBRARY=$(realpath -- "$INTRUDER_LIBRARY")
version=$("$SHAPESIM" --version)
[[ $version = *'sandbox: none'* ]] && skip 'a build without a sandbox'
[[ $version = *'sandbox: seccomp'* ]] || skip 'a kernel without seccomp'
has_landlock=1
[[ $version = *'no Landlock'* ]] && has_landlock=0

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms)
expect_status 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o whole
expect_status 0 "$SHAPESIM" trace info t.pcap
cp out info.out
mkdir outside
echo secret >outside/file
killed=$((128 + $(kill -l SYS)))

# intruded WHAT PATH COMMAND...: sets `status` and `result`
intruded() {
    local what=$1 path=$2
    shift 2
    rm -rf d d.part outside/new
    INTRUDER=$what INTRUDER_PATH=$path LD_PRELOAD=$INTRUDER_LIBRARY "$@" >out 2>err
    status=$?
    result=$(sed -n 's/^intruder: //p' err)
    expect_equal "$what: what is outside" 'file secret' "$(ls outside) $(cat outside/file)"
}

# shellcheck disable=SC2034 # they are taken by name
run=("$SHAPESIM" run -q t.pcap "${limits[@]}" -o d)
# shellcheck disable=SC2034
info=("$SHAPESIM" trace info t.pcap)
# shellcheck disable=SC2034
verify=("$SHAPESIM" verify whole)
# shellcheck disable=SC2034
junit=("$SHAPESIM" verify whole --junit j.xml)
for command in run info verify junit; do
    declare -n argv=$command
    for what in connect local exec trace; do
        intruded $what outside/new "${argv[@]}" 2>/dev/null
        expect_equal "$command, $what: exit status" $killed $status
        expect_equal "$command, $what: what came of it" '' "$result"
        [ ! -e d/summary.json ] || fail "$command, $what: d is complete"
    done
    for attempt in 'fork outside/new' 'code outside/new' 'link outside/new' 'mode outside/file' 'signal outside/file' \
        'read outside/file' 'write outside/new' 'write outside/file' 'remove outside/file'; do
        read -r what path <<<"$attempt"
        if [ $has_landlock -eq 0 ]; then
            case $command$what in *read | runwrite | runremove | junitremove) continue ;; esac
        fi
        intruded "$what" "$path" "${argv[@]}"
        expect_equal "$command, $attempt: exit status" 0 $status
        [[ $result = 'Permission denied' || $result = 'Operation not permitted' ]] ||
            fail "$command, $attempt: $result"
        case $command in
        run) expect_same "$command, $attempt" whole d ;;
        info) expect_same "$command, $attempt" info.out out ;;
        junit) expect_match "$command, $attempt" '^</testsuites>$' j.xml && rm j.xml ;;
        esac
    done
done
[ $has_landlock -eq 1 ] || printf 'a kernel without Landlock: files outside were not tried\n'

# The intruder can do all this where nothing holds him, and a run what it needs.
intruded write d/new "${run[@]}"
expect_equal 'writing into DIR' 'done' "$result"
intruded fork outside/new "$SHAPESIM" trace synth --duration 1ms -o s.pcap
expect_equal 'a command without a sandbox' 0 $status
[ -z "$result" ] || expect_equal 'a command without a sandbox' 'done' "$result"

# A kernel without Landlock is no error: seccomp still holds.
export INTRUDER_KERNEL=no-landlock
expect_match 'what --version says without Landlock' 'sandbox: seccomp, no Landlock in this kernel\)' \
    <(LD_PRELOAD=$INTRUDER_LIBRARY "$SHAPESIM" --version)
for command in run info verify; do
    declare -n argv=$command
    intruded read outside/file "${argv[@]}"
    expect_equal "$command without Landlock, read: exit status" 0 $status
    expect_equal "$command without Landlock, read" "done" "$result"
    intruded exec outside/new "${argv[@]}" 2>/dev/null
    expect_equal "$command without Landlock, exec: exit status" $killed $status
    [ $command = run ] && continue
    intruded write outside/new "${argv[@]}"
    expect_equal "$command without Landlock, write" 'Operation not permitted' "$result"
done
unset INTRUDER_KERNEL

# What is below a directory that was made for the run goes with it where it fails.
expect_status 1 "$SHAPESIM" run -q t.pcap "${limits[@]}" --max-flows 1 -o new/er/est
[ ! -e new ] || fail "a run that failed left $(find new)"
# A run in a stranger's place: DIR and the trace are symbolic links.
mkdir real
ln -s real linked
ln -s t.pcap linked.pcap
expect_status 0 "$SHAPESIM" run -q linked.pcap "${limits[@]}" -o linked
expect_same 'ticks of a run through links' whole/ticks.csv real/ticks.csv
finish
