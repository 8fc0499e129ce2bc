claim='the SSL object of a TLS bufferevent'
text='The book: bufferevent_openssl_get_ssl() returns the SSL object, or NULL if the bufferevent is not one of OpenSSL. Of
a TLS bufferevent, and of an end of a pair.'
commands='gallery_native tls-get-ssl'
expected='same NULL'
