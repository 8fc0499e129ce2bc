claim='a TLS bufferevent takes its descriptor from the SSL object, or later'
text='The book: bufferevent_openssl_socket_new() takes -1 if the SSL object has a socket already, and the descriptor can
be set later with bufferevent_setfd(). The client has one by SSL_set_fd(), the server none: no event
until it gets one, then both are connected.'
commands='gallery_native tls-descriptor'
expected='client has it, server -1 none, set 0 CONNECTED CONNECTED'
