claim='a pair passes data after its EOF as well'
text='Not in the book. 5 bytes are written, then comes a flush with BEV_FINISHED, then 3 more bytes: they arrive,
too, as EOF is an event and no state. With a pass of the loop after each step the flush makes a read callback without
new data (2 reads) besides the event, and the 3 bytes make another. Without a pass in between the reader finds all 8 bytes
in one read callback and then gets the EOF: it cannot tell which came after the end.'
commands='gallery_native pair-after-end'
expected='2 reads, 1 events, then 3 reads, 1 events, 8 bytes; 0 reads, 0 events, then 1 reads, 1 events, 8 bytes'
