claim='without a length a tick is one second'
text='The book: the length of a tick defaults to one second. Bytes read at 1000 per tick just before
0.5, 1, 1.5 and 2 s.'
commands='gallery_native tick-default'
expected='1000 1000 2000 2000'
