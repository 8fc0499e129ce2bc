claim='mod_ratelimit holds what no end of stream follows'
text='PR 63192: what fits a piece is held until more comes or the response ends. Of 38,400 bytes 1536
are held. A FLUSH or an end when the flow closes, at 1 s, lets them go in interval 6, 200 ms later;
with --flush normal nothing does, and shapesim says that the run would never end (exit status 1). In
closed loop the filter is told where responses end, so this is an open replay.'
commands='
shapesim trace synth --direction write --packet 38400 --rate 38400B/s --duration 1s -o trace.pcap
for flush in flush finished; do
    shapesim run trace.pcap --transport socket --via ratelimit=60 \
        --flush $flush --replay open -q -o $flush
done
shapesim run trace.pcap --via ratelimit=60 --flush normal --replay open -q || echo status $?'
figures='finished:rate'
expected='12288 12288 12288 0 0 0 1536, 12288 12288 12288 0 0 0 1536, status 1'
measure() {
    printf '%s, %s, %s\n' "$(columns flush/ticks.csv written_bytes | one_line)" \
        "$(columns finished/ticks.csv written_bytes | one_line)" "$(cat printed)"
}
