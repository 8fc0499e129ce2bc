claim='deferred callbacks come after all reads of a pass'
text='The notes: with BEV_OPT_DEFER_CALLBACKS a callback is not called at once but queued in the loop. Two sockets
become readable together, the first with 5 bytes, the second with 7. What each sees in the input of the other when
it is called: at once, the first is called before the second was read; deferred, both were read before.'
commands='gallery_native option-defer'
expected='at once: 0 5, deferred: 7 5'
