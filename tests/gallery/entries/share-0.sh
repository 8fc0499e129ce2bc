claim='min-share 0: every member sees a false end of file'
text='The book: a min-share of 0 disables the minimum-share code entirely. What happens: a share
falls below 1 byte, a socket reads 0 bytes, and takes that for an end of file. Members of 10 that
saw one within 20 ticks at 5 and at 1000 B per tick; with the default of 64 none is. A run with sockets
counts them and the bytes that are lost. With pairs, and with TLS, where a share of 0 waits without end,
shapesim refuses a min-share of 0.'
commands='
gallery_native share-0
shapesim trace synth --flows 10 --direction read --rate 10kB/s --duration 1s --packet 1000 -o trace.pcap
shapesim run trace.pcap --rate 5B/tick --tick 100ms --min-share 0 --transport socket -q -o out
shapesim run trace.pcap --rate 1000B/tick --min-share 0 || echo refused $?'
expected='10 10 of 10, with 64 0 0 refused 2 10'
measure() { { cat printed; summary out false_end_of_file_flows; } | one_line; }
