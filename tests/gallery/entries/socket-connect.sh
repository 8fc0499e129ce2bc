claim='connecting makes a socket where there is none'
text='The notes: bufferevent_socket_connect() opens a socket if the bufferevent has none. 5 bytes are written before, and
it connects to a listener on 127.0.0.1: the event that tells of it, and bytes that arrive. Then with a socket of its own,
which it keeps.'
commands='gallery_native socket-connect'
expected='returns 0 made CONNECTED, 5 bytes; returns 0 same CONNECTED, 5 bytes'
