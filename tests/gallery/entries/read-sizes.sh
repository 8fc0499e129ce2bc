claim='a per-flow limit overrides max_single_read'
text='The book: bufferevent_get_max_to_read() takes all limits and the maximum per call into
account. A per-flow limit replaces that maximum instead (100 set, 1000 allowed), and 2.1.12 reads at
most 4096 bytes at once, whatever it says. Said/read with the default, with a maximum of 100, with
100 and a per-flow limit of 1000 and of 20,000.'
commands='gallery_native read-sizes'
expected='16384/4096 100/100 1000/1000 20000/4096'
