claim='BEV_ERROR of a filter makes no event'
text='The book: a filter returns BEV_OK if it wrote any data, BEV_NEED_MORE if it cannot without more input,
BEV_ERROR on an error that it cannot recover from. A filter that passes records of 10 bytes gets 4 three times:
what it has passed on, what waits below it, and calls. One that fails: neither it nor the peer has an event, and the
5 bytes stay below. One that says BEV_OK a thousand times but moves nothing: it is called again at once, in one pass of the
loop, until it moves the 5 bytes.'
commands='gallery_native filter-results'
expected='NEED_MORE 0 0 10 2 held 4 calls, ERROR 1 call 0 0 events 5 stay, OK 1001 calls 5'
