claim='mod_ratelimit up to 2.4.33: no limit for proxied content'
text='PR 62362: 10 MiB at 512 KiB/s, chunk 104,857: 100 pieces and one of 60 bytes, 100 sleeps of 200
ms, so the last piece leaves in interval 100. Proxied, in brigades of 8192, the naive variant never
sleeps: all leaves in interval 0. As one brigade (a static file) it keeps to the limit, and the fixed
one does in either case.'
commands='
shapesim trace synth --direction write --packet 40960 --rate 10485760kB/s --duration 1ms -o trace.pcap
for setting in naive:8192 naive:10485760 fixed:8192 fixed:10485760; do
    shapesim run trace.pcap -q -o $setting \
        --via ratelimit=512,variant=${setting%:*},brigade=${setting#*:}
done'
figures='naive:8192+naive:10485760+fixed:8192:totals'
expected='0 100 100 100'
measure() {
    local setting
    for setting in naive:8192 naive:10485760 fixed:8192 fixed:10485760; do
        columns $setting/ticks.csv tick written_bytes | awk '$2 > 0 { last = $1 } END { print last }'
    done | one_line
}
