claim='another descriptor keeps the buffers, and leaks the first'
text='The notes: the descriptor may be -1 when a bufferevent is made, and be set later. 5 bytes wait in one without; with a
socket they leave, and 3 bytes come in. With another socket 4 more bytes leave there, none at the first, and the 3 are
still in the input. bufferevent_setfd() closes nothing: of the two, BEV_OPT_CLOSE_ON_FREE closes the second only.
A pair has no descriptor to set: -1.'
commands='gallery_native socket-setfd'
expected='-1 5 waits, set 0 got 5 out 3 in, other 0 4 out 3 in, freed open closed, pair -1'
