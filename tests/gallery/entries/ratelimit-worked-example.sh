claim='mod_ratelimit: 38,400 bytes at 60 KiB/s'
text='The worked example of the httpd developer guide: a chunk is 60 x 1024 / 5 = 12,288 bytes, one
each 200 ms. It prints the pieces as 12,228 and the last as 1716; right is three times 12,288 and 38,400
- 3 x 12,288 = 1536. Bytes written in each 200 ms.'
commands='
shapesim trace synth --direction write --packet 38400 --rate 384kB/s --duration 100ms -o trace.pcap
shapesim run trace.pcap --via ratelimit=60 -q -o out'
figures='out:rate'
expected='12288 12288 12288 1536'
measure() { columns out/ticks.csv written_bytes | one_line; }
