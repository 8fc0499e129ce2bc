claim='a filter may be BEV_OPT_THREADSAFE without a lock'
text='The book: filters take all usual options. bufferevent_filter_new() with BEV_OPT_CLOSE_ON_FREE, with
BEV_OPT_DEFER_CALLBACKS, with that and BEV_OPT_UNLOCK_CALLBACKS, with the last alone, as for sockets, and with
BEV_OPT_THREADSAFE: no thread functions are set, so no lock can be made, and sockets and pairs are refused
(see option-threadsafe). A filter is made all the same.'
commands='gallery_native filter-options'
expected='made made made refused made'
