claim='TLS handshakes overdraw a bucket without bound'
text='Not in the book. 100 flows open at once in a group of 10,000 B per tick. All begin to shake
hands before a byte has moved, and none of them stops when the buckets run dry: to read 10,000 - 100
x 241 = -14,100 is left, to write 10,000 - 100 x 565 = -46,500. Five refills later the write bucket
is above 0, at 3500, and the packets that wait begin to pass: three records of 1022 leave 434, which
is enough to ask for a fourth. Levels to read and to write at the end of tick 0; bytes written in
ticks 1 to 5.'
commands='
shapesim trace synth --flows 100 --direction write --rate 1kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --transport tls --rate 10000B/tick --tick 10ms -q -o out'
figures='out:level out:backlog'
expected='-14100 -46500, 0 0 0 0 4088'
measure() {
    printf '%s, %s\n' "$(columns out/ticks.csv read_bucket_end_bytes write_bucket_end_bytes | head -n 1)" \
        "$(ticks 1 5 out/ticks.csv written_bytes)"
}
