claim='a bucket falls to at most -(min-share - 1)'
text='The book: levels can be negative if a bufferevent was forced to exceed its allocation. It
takes no force: the last member served in a tick gets min-share bytes, whatever is left. So a level
can fall to -(min-share - 1), for pairs as for sockets; where min-share is above 4096, the most that
2.1.12 reads at once, a read bucket falls to -4095 at most. The rates are chosen so that one byte is
left for the last member. Lowest levels to read and to write with min-shares of 64, 1500 and 5000.'
commands='
shapesim trace synth --flows 200 --rate 8MB/s --packet 20000 --duration 10ms --direction both -o trace.pcap
for transport in pair socket; do
    for setting in "64 6401 6401" "1500 150001 150001" "5000 409601 500001"; do
        set -- $setting
        shapesim run trace.pcap --transport $transport --min-share $1 --read-rate $2B/tick --write-rate $3B/tick \
            --max-time 9999ms --replay open -q -o $transport-$1
    done
done'
expected='pair -63/-63 -1499/-1499 -4095/-4999, socket -63/-63 -1499/-1499 -4095/-4999'
measure() {
    local transport share
    for transport in pair socket; do
        printf '%s' "$transport"
        for share in 64 1500 5000; do
            printf ' %s/%s' "$(lowest $transport-$share/ticks.csv read_bucket_end_bytes)" \
                "$(lowest $transport-$share/ticks.csv write_bucket_end_bytes)"
        done
        printf '\n'
    done | paste -sd , | sed 's/,/, /'
}
