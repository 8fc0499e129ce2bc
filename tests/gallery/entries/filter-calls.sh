claim='filters are called for new data, and in the mode of a flush'
text='The book: the input filter is called for new data below, the output filter for new data to write, with a
mode that says how much to write, and the pointer given to bufferevent_filter_new(). Calls with BEV_NORMAL, BEV_FLUSH and
BEV_FINISHED after three writes of 5 bytes, and after a flush in each mode, when nothing is left to move: the input
filter is called then as well, the output filter only in the last two modes.'
commands='gallery_native filter-calls'
expected='in 3/0/0 then 4/1/1, out 3/0/0 then 3/1/1'
