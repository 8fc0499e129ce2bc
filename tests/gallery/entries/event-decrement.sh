claim='what is taken by hand is waited for'
text='The book: decrement the buckets of a group by hand for traffic that passes no bufferevent; a
negative value gives back. Both buckets of 1000 B per tick are at 0 in the middle of tick 2. 2500
are taken from the one to write: it stands at -2500, after refills at -1500, -500 and 500, so ticks
3 and 4 carry nothing and tick 5 carries 500. 400 are given back to the one to read, and pass at
once. Bytes read and written in ticks 0 to 6.'
commands='
shapesim trace synth --direction both --packet 50000 --rate 500kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms --max-time 700ms --replay open -q -o out \
    --at 250ms:group=all,decrement-write=2500,decrement-read=-400'
expected='read 1000 1000 1400 1000 1000 1000 1000, written 1000 1000 1000 0 0 500 1000'
measure() {
    printf 'read %s, written %s\n' "$(ticks 0 6 out/ticks.csv read_bytes)" \
        "$(ticks 0 6 out/ticks.csv written_bytes)"
}
