claim='free_context is called in the pass after bufferevent_free()'
text='The book: free_context is called just before the filter is closed, and with BEV_OPT_CLOSE_ON_FREE the bufferevent
below is freed, too. Calls of free_context right after bufferevent_free() and after a pass of the loop: the context must
live until then. What becomes of the bufferevent below, with the option and without.'
commands='gallery_native filter-free'
expected='0 1 underlying freed, without 0 1 underlying left'
