claim='limits below a filter count what it adds'
text='The book: a limit belongs on the bufferevent below the filter. --via overhead=40:1460 puts 40
bytes before each segment of 1460, as TCP over IP does. Ten packets of 1460, one each 100 ms, are 1500
below the filter: 1500 B per tick of 100 ms carry them without delay; with 1460 per tick 15,000 bytes
take ten ticks and 400 bytes of an eleventh.'
commands='
shapesim trace synth --direction write --packet 1460 --rate 14600B/s --duration 1s -o trace.pcap
for rate in 1500 1460; do
    shapesim run trace.pcap --rate ${rate}B/tick --tick 100ms --via overhead=40:1460 -q -o $rate
done'
figures='1460:delay'
expected='1500: 10 ticks, max delay 0.000000; 1460: 11 ticks, max delay 0.100000'
measure() {
    local rate
    for rate in 1500 1460; do
        printf '%d: %d ticks, max delay %s\n' $rate \
            "$(columns $rate/ticks.csv written_bytes | grep -vcx 0)" \
            "$(columns $rate/flows.csv write_delay_max_s)"
    done | paste -sd ';' | sed 's/;/; /'
}
