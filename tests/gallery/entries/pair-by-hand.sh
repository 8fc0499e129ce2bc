claim='an empty read bucket stops a pair, a write one not'
text='Decrementing buckets by hand, as the book offers, is no way to limit a pair. With its read
bucket at 0 and its write bucket at -4000 a pair does not read, but writes 777 bytes all the same;
one refill later all 500,000 bytes that wait are read at once, at a rate of 1000 B per tick.'
commands='gallery_native pair-by-hand'
expected='0 777 then 500000 777'
