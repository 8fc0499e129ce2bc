claim='a lazy shutdown saves the session'
text='The book: with BEV_OPT_CLOSE_ON_FREE there is no clean shutdown, so that OpenSSL takes the session for bad and
drops it from its cache; SSL_set_shutdown() and SSL_shutdown() before bufferevent_free() are the way out. 100
connections of TLS 1.2, each of which offers the session of the one before, to a server that frees its end, then to one
that shuts down lazily: connections whose session was taken up again (the first has none to offer), and
clients that saw an error and no end of file.'
commands='gallery_native tls-sessions'
expected='freed 0 reused 100 errors, lazily 99 reused 0 errors'
