claim='a handshake makes an event, an open SSL object none'
text='The book: an SSL object is negotiated as a client or a server, or is open because its handshake is done;
BEV_EVENT_CONNECTED says when it is. bufferevent_openssl_socket_new() for a client and a server over two sockets: events
of both, and 5 bytes that pass. Both bufferevents are freed without their SSL objects, and two new ones get these as
BUFFEREVENT_SSL_OPEN: there is no event, and 7 more bytes pass.'
commands='gallery_native tls-states'
expected='CONNECTED CONNECTED 5 bytes, open none none 7 bytes'
