claim='a refused connection is an event, not a return value'
text='Not in the notes: what comes of bufferevent_socket_connect() if nobody listens. It returns 0. One event says
BEV_EVENT_ERROR, with ECONNREFUSED in errno; the 5 bytes written before stay in the output, and
bufferevent_socket_get_dns_error() is 0, as no name was looked up.'
commands='gallery_native socket-refused'
expected='returns 0 ERROR refused 5 stay, name 0, 1 event'
