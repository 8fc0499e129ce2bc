claim='at the high mark the read callback is called without end'
text='The notes: with more than the high mark in the input no more is read; 0 means no mark. 250 bytes come: which
call of the callback takes how many. With 100 as mark it takes three. Not in the notes: a callback that leaves the input
at the mark is called again in each pass of the loop, though nothing comes: one that looks on a thousand times first is called
a thousand times, and a loop with it never waits.'
commands='gallery_native watermark-high'
expected='high 0: 1:250, high 100: 1:100 2:100 3:50, looked at high 100: 1001:100 1002:100 1003:50'
