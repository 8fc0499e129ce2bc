claim='sizes of 0 or too large set the default again'
text='The book: bufferevent_set_max_single_read() and bufferevent_set_max_single_write() return 0, and set the default
again for 0 and for sizes above EV_SSIZE_MAX. What bufferevent_get_max_single_read() and
bufferevent_get_max_single_write() return by default, with 1000 and 2000, with 0, and with the largest size_t.'
commands='gallery_native single-calls'
expected='16384/16384, 0 1000/2000, 0 16384/16384, 0 16384/16384'
