claim='libevent does not limit pairs in a group'
text='The book: not every bufferevent type supports rate limiting well, or at all. Paired
bufferevents do not: they join a group, nothing fails, all 500,000 bytes cross at once in both
directions, and the totals stay 0. A socket in the same group of 1000 B per tick reads and writes
1000. (shapesim asks libevent before it lets bytes cross a pair, and charges them: see
pair-equals-socket.)'
commands='gallery_native pair-in-group'
expected='pair 500000 500000 totals 0 0, socket 1000 1000 totals 1000 1000'
