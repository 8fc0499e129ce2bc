claim='ticks are counted on the wall clock'
text='Not in the book. If the wall clock is set back by 20 s, 20 ticks of a second carry nothing;
set forward by an hour, one tick carries a whole burst (5000 at 1000 B per tick).'
commands='gallery_native clock-set'
expected='back: 20 empty, 0 above, most 1000; forward: 0 empty, 1 above, most 5000'
