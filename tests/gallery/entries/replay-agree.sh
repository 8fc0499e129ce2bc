claim='shapesim: where nobody waits for answers, both replays agree'
text='Keys typed over ssh, what the server sends limited to 1 Mbit/s: people type no slower because an echo is
late by some ms, and the p50 and p99 of response times are the same in open replay and in closed loop. Log
messages over UDP, twice as many as pass: nobody reacts, and none of the CSV files of a run differs. ($root is
the repository.)'
commands='
shapesim trace synth --protocol udp --source poisson --flows 20 --packet 200 --rate 2kB/s --duration 10s -o log.pcap
for replay in open closed; do
    shapesim run $root/traces/interactive.pcap --write-rate 1mbit --tick 20ms --replay $replay -q -o ssh-$replay
    shapesim run log.pcap --read-rate 20kB/s --tick 20ms --flow-ticks all --replay $replay -q -o log-$replay
done'
figures='log-open:delay log-closed:delay'
expected='ssh 0.000423 0.087039 and 0.000423 0.087039, log 0 of 8 files differ'
measure() {
    local file replay files=0 differ=0
    printf 'ssh'
    for replay in open closed; do
        printf ' %s %s' "$(summary ssh-$replay response_p50_s)" "$(summary ssh-$replay response_p99_s)"
        [ $replay = closed ] || printf ' and'
    done
    for file in log-open/*.csv; do
        files=$((files + 1))
        cmp -s "$file" "log-closed/${file##*/}" || differ=$((differ + 1))
    done
    printf ', log %d of %d files differ\n' $differ $files
}
