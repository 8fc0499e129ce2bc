claim='names are looked up, and an error of theirs is kept'
text='The notes: bufferevent_socket_connect_hostname() takes a name and a family,
bufferevent_socket_get_dns_error() the error. A resolver on 127.0.0.1 answers from a table that has one name with one IPv4
address. It is connected to; a name that is not there is -2 (EAI_NONAME); the first one with AF_INET6 is -4 (EAI_FAIL);
an address needs no question. The call returns 0 each time. What it returned, event, error of the name, questions asked.'
commands='gallery_native socket-hostname'
expected='here.test 0 CONNECTED 0 asked 1, gone.test 0 ERROR -2 asked 1, here.test 0 ERROR -4 asked 1, 127.0.0.1 0 CONNECTED 0 asked 0'
