claim='totals count from 0, and reset to 0'
text='The book: the totals of a group start at 0 and a reset makes them 0 again. A new group, after
2500 bytes read and 2000 written in three ticks, after the reset.'
commands='gallery_native group-totals'
expected='0 0, 2500 2000, 0 0'
