claim='callbacks of a pair are deferred, or 10,000 hops overflow the stack'
text='The book: BEV_OPT_DEFER_CALLBACKS is always on for pairs, as chains of calls would overflow the
stack. A pair without options: after three writes of 5 bytes the other end has all 15, and its read callback comes
once, in the next pass of the loop. A byte then hops 10,000 times: the stack is as deep in the last
callback as in the first. With callbacks of the evbuffers, which are not deferred, the same hops end a process with a
stack of 1 MiB (signal 11).'
commands='gallery_native pair-deferred'
expected='15 bytes 0 calls then 1, 10000 hops 0 bytes deep, signal 11 at once'
