claim='joining a group leaves the one before'
text='The book: a bufferevent is in one group at a time, and groups cannot nest (there is no call
for it). Joining a second group is no error: it returns 0 and leaves the first. Totals of the first
group, with one tick, and of the second: the rest of that tick and two more, 3000 bytes, since its
bucket was full: changing groups is a free tick, too.'
commands='gallery_native group-one-at-a-time'
expected='returns 0: 1000 0, 3000 0'
