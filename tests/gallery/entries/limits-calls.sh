claim='one configuration serves many, and each has its own bucket'
text='The book: bufferevent_set_rate_limit() returns 0, any number of bufferevents may have the same
configuration, adding to a group and removing from it return 0, and bufferevent_get_max_to_write() takes account of
all limits. Two sockets with the same 1000 B per tick read 1000 each in the first tick. Then what the first may
write at once: with that limit, in a group of 500, out of it, and without a limit.'
commands='gallery_native limits-calls'
expected='0 0 1000 1000, writes 1000, 0 500, 0 1000, 0 16384'
