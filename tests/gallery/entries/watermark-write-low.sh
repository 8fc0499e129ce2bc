claim='the write callback comes at the low mark, not below it'
text='The notes: the write callback is called when the output is less than the low mark, and with 0 when it is empty. 5000
bytes leave at 1000 per tick: bytes left and calls so far, tick by tick. With 2000 as mark it comes at 2000, and
after each write from then on.'
commands='gallery_native watermark-write-low'
expected='low 0: 4000/0 3000/0 2000/0 1000/0 0/1, low 2000: 4000/0 3000/0 2000/1 1000/2 0/3'
