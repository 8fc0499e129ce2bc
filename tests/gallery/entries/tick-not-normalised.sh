claim='1,500,000 us is no tick length'
text='Not in the book. A tick of 1.5 s given as 0 s and 1,500,000 us makes libevent abort (signal 6)
in the first refill of a group; as 1 s and 500,000 us it works.'
commands='gallery_native tick-not-normalised'
expected='signal 6, exit 0'
