claim='the partner of a freed end is NULL at once'
text='The book: bufferevent_pair_get_partner() returns the other end, or NULL if the bufferevent is no
pair or the other end is gone. The partner of either end, of a socket, of the end that is left when the
other is freed, and that after a pass of the loop.'
commands='gallery_native pair-partner'
expected='other other NULL, freed NULL then NULL'
