claim='the read callback comes whenever the low mark is met'
text='The notes: the read callback is called when what was read is more than the low mark; it is 0 by default. 40 bytes
come three times: calls so far with 0 and with 100. It comes at the mark, not only above it, and again
for each byte that comes while the input is not below it: 120 bytes, of which the callback leaves 100 or 98, then three
times one byte.'
commands='gallery_native watermark-low'
expected='low 0: 1 2 3, low 100: 0 0 1; leaves 100: 1 2 3 4, leaves 98: 1 1 2 3'
