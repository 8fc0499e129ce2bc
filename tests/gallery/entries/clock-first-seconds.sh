claim='the first seconds after boot count wrong'
text='Not in the book. For the first 5 s of monotonic time the loop takes it for the time of day. A
group of 1000 B per tick, burst 5000, made 2 s after boot in October 2025: bytes in the first five
ticks, then per tick from second 10 to 600. With ticks of 1 s it stands still for three, then
catches up; with ticks of 10 ms it gets a burst at once, and after 5 s nothing for 10.8 days: the
number of the tick, which has 32 bits, has jumped by more than 2^31 and is taken for one of the past
until it wraps. Made an hour after boot it does as it should.'
commands='gallery_native clock-first-seconds'
expected='1000 0 0 0 4000 .. 1000; 1000 5000 1000 1000 1000 .. 0; 1000 1000 1000 1000 1000 .. 1000'
