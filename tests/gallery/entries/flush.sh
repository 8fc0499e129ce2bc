claim='flushing a pair drives past every limit'
text='38,400 bytes at 0, 1000 B per tick of 100 ms, closed at 1 s with 10,000 out. bufferevent_flush()
with BEV_FINISHED takes the other 28,400 across a pair at once, charged to no bucket; on a socket it does
nothing. Bytes flushed, and the end.'
commands='
shapesim trace synth --direction write --packet 38400 --rate 38400B/s --duration 1s -o trace.pcap
for transport in pair socket; do
    shapesim run trace.pcap --rate 1000B/tick --tick 100ms --flush finished --transport $transport --replay open \
        -q -o $transport
done'
figures='pair:backlog socket:backlog'
expected='28400 1.000000, 0 3.800000'
measure() {
    local transport
    for transport in pair socket; do
        printf '%d %s\n' "$(columns $transport/application.csv flushed_written_bytes)" \
            "$(columns $transport/flows.csv end_s)"
    done | paste -sd , | sed 's/,/, /'
}
