claim='filters stand on filters'
text='Not in the book: bufferevent_filter_new() takes a filter as the bufferevent below. One appends `b`, one
above it `a`, one above that has no functions and changes nothing. What becomes of x that is written at the top, and of y that
comes from below.'
commands='gallery_native filter-stacked'
expected='xab yba'
