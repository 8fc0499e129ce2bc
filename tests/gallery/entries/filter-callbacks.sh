claim='without its callbacks below a filter gets nothing'
text='The book: a filter replaces the callbacks of the bufferevent below; callbacks may be added to the evbuffers of
that, but its own must not be set. After bufferevent_filter_new() a read callback is set below, though nobody set one.
5 bytes come: calls of a callback that was added to the input below, bytes that reach the filter. Then the
callbacks below are set to NULL and 7 bytes come.'
commands='gallery_native filter-callbacks'
expected='set by the filter, 1 call 5 bytes, without 2 calls 5 bytes, 7 below'
