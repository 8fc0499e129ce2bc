claim='shapesim: pairs do as sockets do, to the byte'
text='A replay through pairs predicts what native socket bufferevents do. Own and group limit, both
directions, 20 flows: the three CSV files of a run through pairs and of one through sockets; bytes
that differ, and rows compared.'
commands='
shapesim trace synth --source pareto --flows 20 --rate 30kB/s --duration 5s --direction both --spread 1s -o trace.pcap
shapesim run trace.pcap --rate 250kB/s --burst 50kB --flow-rate 20kB/s --tick 100ms --flow-ticks all -q -o pair
shapesim run trace.pcap --rate 250kB/s --burst 50kB --flow-rate 20kB/s --tick 100ms --flow-ticks all --transport socket -q -o socket'
figures='pair:rate socket:rate'
expected='0 bytes differ in 2358 rows'
measure() {
    local file bytes=0 rows=0
    for file in ticks.csv flow_ticks.csv flows.csv; do
        bytes=$((bytes + $(cmp -l pair/$file socket/$file | wc -l)))
        rows=$((rows + $(wc -l <pair/$file)))
    done
    printf '%d bytes differ in %d rows\n' "$bytes" "$rows"
}
