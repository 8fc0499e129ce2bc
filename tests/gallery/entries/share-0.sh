claim='min-share 0: every member sees a false end of file'
text='The book: a min-share of 0 disables the minimum-share code entirely. What happens: a share
falls below 1 byte, a socket reads 0 bytes, and takes that for an end of file. Members of 10 that
saw one within 20 ticks at 5 and at 1000 B per tick; with the default of 64 none is. shapesim
refuses min-share 0 with pairs.'
commands='
gallery_native share-0
shapesim run trace.pcap --rate 1000B/tick --min-share 0 || echo refused $?'
expected='10 10 of 10, with 64 0 0 refused 2'
measure() { one_line <printed; }
