claim='shapesim: flows get what the background leaves'
text='Traffic that passes no bufferevent is decremented just after each refill. 25 kbit/s to read
are 312.5 bytes per tick of 100 ms: 312 and 313 in turn, so flows get 688 and 687 of 1000; 600 B per
tick to write leave 400. A background of all 1000 leaves nothing, and the run says so. Bytes read
and written in ticks 0 to 3, and the exit status.'
commands='
shapesim trace synth --direction both --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --tick 100ms --max-time 999ms --replay open -q -o out \
    --background group=all,read=25kbit,write=600B/tick
shapesim run trace.pcap --rate 1000B/tick --tick 100ms -q --background group=all,write=80kbit || echo failed $?'
expected='read 688 687 688 687, written 400 400 400 400, failed 1'
measure() {
    printf 'read %s, written %s, %s\n' "$(ticks 0 3 out/ticks.csv read_bytes)" \
        "$(ticks 0 3 out/ticks.csv written_bytes)" "$(cat printed)"
}
