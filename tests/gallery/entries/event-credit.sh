claim='a credit above the burst makes the burst void'
text='What bucket-credit shows, in a replay. A packet of 5000 bytes comes each second, to a bucket
of 1000 B per tick and burst 2000: each takes four ticks, 2000 and three times 1000. At 850 ms a
credit of 5000 lifts the full bucket to 7000. From then on it grows by 1000 in each tick: 9000 at
tick 10, where the packet passes at once and leaves 4000, still above the burst; so 14,000 at tick
20. (Had traffic brought it down to 2000, that would have ended it.) shapesim warns. Bytes written
in ticks 10 to 13 without and with the credit; levels at the start of ticks 9 to 11 and 20;
warnings.'
commands='
shapesim trace synth --direction write --packet 5000 --rate 5kB/s --duration 3s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms -q -o without
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms -q -o with \
    --at 850ms:group=all,decrement-write=-5000'
expected='2000 1000 1000 1000, 5000 0 0 0; 8000 9000 5000 14000; 1 warning'
measure() {
    printf '%s, %s; %s %s; %s warning\n' "$(ticks 10 13 without/ticks.csv written_bytes)" \
        "$(ticks 10 13 with/ticks.csv written_bytes)" \
        "$(ticks 9 11 with/ticks.csv write_bucket_start_bytes)" \
        "$(ticks 20 20 with/ticks.csv write_bucket_start_bytes)" \
        "$(grep -c 'warning: .*lifted a bucket above its burst' errors)"
}
