claim='BEV_NORMAL moves nothing past a watermark'
text='The book: flushing with BEV_NORMAL or BEV_FLUSH transfers all data across a pair, past watermarks;
BEV_FINISHED also makes an EOF event. 100 bytes are written, the reader has a high mark of 40. It holds 40 before the
flush, and after it 40 with BEV_NORMAL, which does nothing, and 100 with the other two. bufferevent_flush()
returns 0 each time. The event of the reader.'
commands='gallery_native pair-flush'
expected='NORMAL 40 returns 0 40 none, FLUSH 40 returns 0 100 none, FINISHED 40 returns 0 100 READING+EOF'
