claim='payload is counted, headers are not'
text='The book: only the bytes carried in TCP packets are counted, not the TCP headers. So limits
are in payload; what the wire carries is more. One trace, counted as payload (what libevent sees),
as IP packets, as frames: a packet is 40 bytes more (a SYN 48), then 14. Bytes from the initiator +
from the responder, of 12 + 2 packets.'
commands='
shapesim trace synth --rate 8kB/s --duration 1s -o trace.pcap
for count in payload ip wire; do
    shapesim run trace.pcap --rate 1MB/s --count $count -q -o $count
done'
expected='8000+0 8488+88 8656+116'
measure() {
    local count
    for count in payload ip wire; do
        printf '%s+%s ' "$(total $count/flows.csv read_bytes)" "$(total $count/flows.csv written_bytes)"
    done | sed 's/ $/\n/'
}
