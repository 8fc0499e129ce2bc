claim='a TLS record costs 22 bytes more than it holds'
text='Limits under TLS are in wire bytes. A record is a header of 5 bytes, the content, 1 byte for
its type and 16 that authenticate it, and holds 16384 bytes at most: one more byte is one more
record. What one packet of 10, 1000, 16384, 16385 and 40000 bytes is charged beyond the handshake.
(10 bytes cost 32: of what a limit allows such packets, less than a third is theirs.)'
commands='
for size in 10 1000 16384 16385 40000; do
    shapesim trace synth --packet $size --rate ${size}B/s --duration 1s -o trace.pcap
    shapesim run trace.pcap --transport tls --rate 1MB/s -q -o $size
done'
expected='10+22 1000+22 16384+22 16385+44 40000+66'
measure() {
    local size bytes charged handshake
    for size in 10 1000 16384 16385 40000; do
        read -r bytes _ <<<"$(summary $size delivered_bytes)"
        read -r charged _ <<<"$(summary $size charged_bytes)"
        read -r handshake _ <<<"$(summary $size handshake_bytes)"
        printf '%s+%s\n' "$bytes" $((charged - handshake - bytes))
    done | one_line
}
