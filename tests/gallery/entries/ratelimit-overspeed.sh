claim='mod_ratelimit up to 2.4.33 exceeds its limit'
text='Up to 2.4.33 each brigade of B bytes begins without a sleep, so that its ceil(B / C) pieces of
a chunk C = rate x 1024 / 5 have one sleep of 200 ms less: the limit is exceeded (B / C) / (ceil(B / C) -
1) times, and not kept at all where B <= C. 819,200 bytes, all there at once, in brigades of B: for
KiB/s:B the time it takes. 100 brigades of 8192 with chunks of 2048, 4096, 7987, 8192 have 3, 1, 1 and no
sleep each; 80 of 10,240 and 50 of 16,384 with chunks of 8192 have one. (At 10 KiB/s it should take 80
s, at 20 KiB/s 40 s, at 40 KiB/s 20 s.)'
commands='
shapesim trace synth --direction write --packet 40960 --rate 819200kB/s --duration 1ms -o trace.pcap
for setting in 10:8192 20:8192 39:8192 40:8192 40:10240 40:16384; do
    shapesim run trace.pcap --idle-ticks skip -q -o $setting \
        --via ratelimit=${setting%:*},variant=naive,brigade=${setting#*:}
done'
figures='10:8192+20:8192+40:10240+40:16384:totals'
expected='10:8192 60 s, 20:8192 20 s, 39:8192 20 s, 40:8192 0 s, 40:10240 16 s, 40:16384 10 s'
measure() {
    local setting
    for setting in 10:8192 20:8192 39:8192 40:8192 40:10240 40:16384; do
        printf '%s %d s\n' $setting "$(columns $setting/flows.csv end_s | cut -d . -f 1)"
    done | paste -sd , | sed 's/,/, /g'
}
