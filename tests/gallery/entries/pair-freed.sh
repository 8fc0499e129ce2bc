claim='a pair whose other end is freed takes writes and says nothing'
text='The book: freeing one end frees not the other and makes no EOF; the other no longer reads or writes
with success, nor has events. One end is freed when the other holds 5 bytes of it and 3 more wait. There is no event, the
5 can be read, the 3 are lost. But bufferevent_write() returns 0, as it would in success, and the byte stays in the output
for good: only bufferevent_flush() says -1. The only callback ever is the one of the 5 bytes. Then the same with
BEV_OPT_CLOSE_ON_FREE, which has no effect on pairs.'
commands='gallery_native pair-freed'
expected='0 events, 5 read, write 0 flush -1 1 stays, callbacks 1 0 0; 0 events, 5 read, write 0 flush -1 1 stays, callbacks 1 0 0'
