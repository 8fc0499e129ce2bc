claim='a low mark above the high mark stops reading for ever'
text='250 bytes come to an input with two marks: which call of the callback takes how many, and what stays. With 50 and
100, and with 100 twice, it reads 100 at once; of the last 50 the low mark of 100 keeps all. With 101 and 100 the input is full
before the callback comes: nothing is read any more, and no call, event or error says so. shapesim refuses --read-low above
--read-high, unless a filter empties that input.'
commands='gallery_native watermark-low-above-high'
expected='low 50, high 100: 1:100 2:100 3:50 and 0 stay; low 100, high 100: 1:100 2:100 and 50 stay; low 101, high 100: and 100 stay'
