claim='TLS 1.2 negotiates again, TLS 1.3 only says so'
text='The book: bufferevent_ssl_renegotiate() negotiates again and calls the callbacks. The server of an open connection calls
it: what it returns (1, the book names no value), events of client and server, 5 bytes that pass afterwards,
and handshakes that the server has completed. The second event of the server comes as it asks, before the client answers. TLS
1.3 has no renegotiation: the answer and the events are the same, but there is no second handshake. A pair returns -1.'
commands='gallery_native tls-renegotiate'
expected='TLSv1.2 returns 1 1 2 events 5 bytes 2 handshakes, TLSv1.3 returns 1 1 2 events 5 bytes 1 handshakes, pair -1'
