claim='no flush makes a level negative'
text='The book: levels can be negative if a bufferevent was forced to exceed its allocation, and flushing can do
this. 5000 bytes wait at 1000 B per tick, and bufferevent_flush() with BEV_FINISHED comes in the first tick: the level
to write before and after it, and bytes that have passed. A flush does nothing on a socket, nor on one below a
filter; a pair passes all 5000, but charges no bucket. A decrement by hand does make it negative: the level
after 4000 are taken. So does min-share (see bucket-debt).'
commands='gallery_native limits-flush'
expected='socket 0 0 1000 -4000, filter 0 0 1000 -4000, pair 1000 1000 5000 -3000'
