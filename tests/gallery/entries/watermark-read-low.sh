claim='below a low mark bytes have paid and wait, until the end comes'
text='A client sends 300 bytes each 100 ms and leaves after a second, to a server whose input has a low mark of 1000. The callback
comes with the fourth and the eighth packet; the last 600 bytes come with the end. What waits has been read, and has paid, at
once. Two ends that send 300 bytes each and react to each other get nowhere: the first request stays below the mark, and the
server never answers. In bytes what waits at the end of each tick, what was charged in it, and what the client has sent and the
server was given when ten seconds have passed, of 1200 each way.'
commands='
shapesim trace synth --packet 300 --rate 3kB/s --duration 1s -o sends.pcap
shapesim run sends.pcap --rate 1MB/s --tick 100ms --replay open --read-low 1000 -q -o waits
shapesim trace synth --packet 300 --rate 3kB/s --direction both --duration 400ms -o talks.pcap
shapesim run talks.pcap --rate 1MB/s --tick 100ms --read-low 1000 --max-time 10s -q -o stays'
figures='waits:backlog'
expected='wait 300 600 900 0 300 600 900 0 300 600 0, charged 300 300 300 300 300 300 300 300 300 300 0, stays 300 0'
measure() {
    printf 'wait %s, charged %s, stays %s\n' "$(columns waits/ticks.csv read_backlog_bytes | one_line)" \
        "$(columns waits/ticks.csv read_bytes | one_line)" \
        "$(columns stays/flows.csv offered_read_bytes read_bytes)"
}
