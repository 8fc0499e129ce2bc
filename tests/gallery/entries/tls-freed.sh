claim='with OpenSSL 3 a dirty shutdown is allowed only above a bufferevent'
text='The book: BEV_OPT_CLOSE_ON_FREE closes the SSL object and what is under it, without a clean shutdown, which is an
error at the other side, or an EOF if bufferevent_openssl_set_allow_dirty_shutdown() was set there;
bufferevent_get_openssl_error() returns the first pending error. A client is freed: the flag of the server and its pending
error before, SSL objects freed, the descriptor of the client, the event of the server and its error afterwards. Made
by bufferevent_openssl_socket_new() without the flag and with it: OpenSSL 3 makes an error of the end of file, which the flag
does not cover. Made by bufferevent_openssl_filter_new() above socket bufferevents likewise: the flag works, and no error is
pending either way. Without BEV_OPT_CLOSE_ON_FREE nothing is closed.'
commands='gallery_native tls-freed'
expected='socket 0 0 freed 1 closed READING+ERROR unexpected eof while reading, socket 1 0 freed 1 closed READING+ERROR unexpected eof while reading, filter 0 0 freed 1 closed ERROR 0, filter 1 0 freed 1 closed EOF 0, kept 0 0 freed 0 open CONNECTED 0'
