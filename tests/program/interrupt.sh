#!/usr/bin/env bash
# A run that is interrupted says how far it came and leaves whole rows, under temporary names.
. "$(dirname "$0")/lib.sh"

# A thousand flows whose backlog would last for a day at this rate.
expect_status 0 "$SHAPESIM" trace synth --flows 1000 --packet 50000 --duration 100ms --rate 500kB/s \
    --protocol udp -o trace.pcap
limits=(--rate 1B/tick --tick 1ms --flow-ticks all)

# Every row has as many fields as the header, and the last one its end.
expect_whole_rows() {
    expect_equal "$1: the last byte" "$(printf '\n' | od -An -c)" "$(tail -c 1 "$1" | od -An -c)"
    expect_equal "$1: rows without the header's number of fields" 0 \
        "$(awk -F, 'NR == 1 { fields = NF } NF != fields { n++ } END { print n + 0 }' "$1")"
}

# Waits until the output of process $1 has grown past $2 bytes in file $3.
wait_for_bytes() {
    while kill -0 "$1" 2>/dev/null && [ "$(stat -c %s "$3" 2>/dev/null || echo 0)" -le "$2" ]; do
        sleep 0.02
    done
}

for signal in INT TERM HUP; do
    for directory in "new-$signal" "old-$signal"; do
        [ "$directory" = "old-$signal" ] && mkdir "$directory"
        "$SHAPESIM" run -q trace.pcap "${limits[@]}" -o "$directory" >out 2>err &
        pid=$!
        wait_for_bytes $pid 200000 "$directory/flow_ticks.csv.part"
        kill -s $signal $pid
        wait $pid
        status=$?
        expect_equal "exit status after SIG$signal" "$(status_after $signal)" $status
        expect_equal "standard output after SIG$signal" "" "$(cat out)"
        expect_match "how far it came" \
            '^shapesim: interrupted at [0-9]+\.[0-9]{6} s of virtual time, after [0-9]+ packets' err
        expect_match "where the rows are" "$directory/" err
        expect_equal "files after SIG$signal" \
            "$(list burst.csv.part delays.csv.part delays_time.csv.part exchanges.csv.part fairness.csv.part \
                flow_ticks.csv.part flows.csv.part ticks.csv.part)" "$(ls "$directory")"
        for file in "$directory"/*.part; do
            expect_whole_rows "$file"
        done
        rows=$(wc -l <"$directory/flow_ticks.csv.part")
        [ "$rows" -gt 1000 ] || fail "only $rows rows were kept"
        expect_equal "rows of flows.csv.part" 1001 "$(wc -l <"$directory/flows.csv.part")"
    done
done

# A new run clears away what was left.
run old-INT --force trace.pcap --rate 1gbit
expect_equal "files of the run after" "$(list burst.csv delays.csv delays_time.csv exchanges.csv fairness.csv \
    flow_ticks.csv flows.csv summary.json ticks.csv)" \
    "$(ls old-INT)"

# Under nohup the terminal may close: the run continues and is complete.
mkfifo nohup.pipe
(trap '' HUP; exec "$SHAPESIM" run -q nohup.pipe --rate 1gbit -o nohup) >out 2>err &
pid=$!
exec 3>nohup.pipe
head -c 2000 trace.pcap >&3
until find nohup -name ticks.csv.part 2>/dev/null | grep -q .; do kill -0 $pid 2>/dev/null || break; sleep 0.02; done
kill -s HUP $pid
tail -c +2001 trace.pcap >&3
exec 3>&-
wait $pid
expect_equal 'exit status under nohup after SIGHUP' 0 $?
check nohup

# Interrupted while it waits for a pipe that says nothing, or for the first packets of one.
for start in nothing header; do
    mkfifo $start.pipe
    "$SHAPESIM" run -q $start.pipe --rate 1mbit -o $start >out 2>err &
    pid=$!
    exec 3>$start.pipe
    [ $start = header ] && capture_header >&3
    # Asleep in read(): the program has opened the pipe and waits.
    until grep -q '^State:.*S (sleeping)' "/proc/$pid/status" 2>/dev/null &&
        find "/proc/$pid/fd" -lname "*$start.pipe" 2>/dev/null | grep -q .; do sleep 0.02; done
    kill -s TERM $pid
    for _ in $(seq 250); do kill -0 $pid 2>/dev/null || break; sleep 0.02; done
    if kill -0 $pid 2>/dev/null; then
        fail "still waits for a pipe after SIGTERM ($start)"
        kill -s KILL $pid
        wait $pid
    else
        wait $pid
        expect_equal "exit status while waiting for a pipe ($start)" 130 $?
    fi
    exec 3>&-
    for file in $start/*.csv $start/summary.json; do
        [ -e "$file" ] && fail "$file is there after an interrupt"
    done
done
finish
