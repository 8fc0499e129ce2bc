claim='the descriptor is closed in the next pass of the loop'
text='The notes: with BEV_OPT_CLOSE_ON_FREE the transport is closed when the bufferevent is freed. It is closed in the
next pass of the loop, not in bufferevent_free(). The descriptor right after and after a pass, with the
option and without.'
commands='gallery_native option-close-on-free'
expected='open closed, without open open'
