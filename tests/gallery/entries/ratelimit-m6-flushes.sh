claim='each FLUSH costs mod_ratelimit a sleep'
text='M6: a response that is flushed after each write leaves in five pieces a second at most, whatever
their bytes. 100 B each 50 ms for 2 s, 2000 B/s under a limit of 61440 B/s: without FLUSH nothing leaves
before the end, as 12,288 B make a piece; with one after each packet the first leaves at once and
the others, up to four together, every 200 ms. Bytes in each interval of 200 ms, pieces in all.'
commands='
shapesim trace synth --direction write --packet 100 --rate 2000B/s --duration 2s -o trace.pcap
for flush in close packet; do
    shapesim run trace.pcap --via ratelimit=60,flush=$flush \
        --replay open -q -o $flush
done'
figures='close+packet:totals'
expected='0 0 0 0 0 0 0 0 0 0 4000 in 1, 100 100 300 400 400 400 400 400 400 400 400 300 in 12'
measure() {
    local flush
    for flush in close packet; do
        echo "$(columns $flush/ticks.csv written_bytes | one_line) in $(summary $flush grants | cut -d " " -f 2)"
    done | paste -sd , | sed 's/,/, /'
}
