claim='taking a limit away and back refills it'
text='The book: pass NULL to remove the limits. Setting the same limit again makes a new bucket,
which starts full of one tick of traffic: tokens for nothing. A socket with 1000 B per tick reads
for ten ticks: left alone, with its limit taken away and set again once a tick, and four times a
tick. (Once a tick gains little: the timer that refills a per-flow limit is started again, too.)'
commands='gallery_native bucket-toggle'
expected='10000 11000 41000'
