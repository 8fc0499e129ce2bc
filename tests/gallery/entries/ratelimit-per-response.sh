claim='mod_ratelimit limits a response, not a client'
text='Three responses at once have the limit of 60 KiB/s each: three times 12,288 bytes in each 200 ms,
then three times 1536.'
commands='
shapesim trace synth --direction write --flows 3 --packet 38400 --rate 384kB/s --duration 100ms -o trace.pcap
shapesim run trace.pcap --via ratelimit=60 -q -o out'
figures='out:rate'
expected='36864 36864 36864 4608'
measure() { columns out/ticks.csv written_bytes | one_line; }
