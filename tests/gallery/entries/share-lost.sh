claim='a min-share near the rate loses throughput'
text='Not in the book. A group waits until its level is min-share or more. With rate, burst and
min-share of 10,000, three reads of 4096 leave -2288; a refill makes that 7712, which is not enough;
the next is cut to the burst. So 12,288 bytes in two ticks: 61.44 % of the rate. With a burst of
rate + min-share - 1 nothing is lost. Bytes read in 100 ticks, and tokens lost of the 1,000,000 (in
the end both buckets are in debt).'
commands='
shapesim trace synth --rate 1MB/s --duration 2s -o trace.pcap
shapesim run trace.pcap --rate 10000B/tick --tick 100ms --min-share 10000 --max-time 9999ms -q -o lossy
shapesim run trace.pcap --rate 10000B/tick --tick 100ms --min-share 10000 --burst 19999 --max-time 9999ms -q -o whole'
figures='lossy:passed whole:passed'
expected='624400 lost 377888, 1001232 lost 0'
measure() {
    local run
    for run in lossy whole; do
        columns $run/ticks.csv read_bytes read_bucket_end_bytes |
            awk '{ bytes += $1; left = $2 } END { printf "%d lost %d\n", bytes, 1e6 - bytes - left }'
    done | paste -sd , | sed 's/,/, /'
}
