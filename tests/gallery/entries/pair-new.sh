claim='what one end writes the other reads, without sockets'
text='The book: what is written to one end is received by the other, no platform sockets are used, and
all usual options are taken. Bytes that each end has when 5 are written to the first and 7 to the
second; descriptors of both; what bufferevent_pair_new() returns with BEV_OPT_CLOSE_ON_FREE, with
BEV_OPT_DEFER_CALLBACKS, and with BEV_OPT_UNLOCK_CALLBACKS, which a socket takes only together with the one
before. (BEV_OPT_THREADSAFE is in option-threadsafe.)'
commands='gallery_native pair-new'
expected='5 and 7, descriptors -1 -1, options 0 0 0'
