claim='dst_limit is the room below the high mark, and only asked for'
text='The book: dst_limit is the most that a filter should add to the destination, -1 means no limit, and a filter that
ignores it might violate high watermarks. 5000 bytes are written above a bufferevent whose peer does not
read: dst_limit of the last call, and bytes below the filter and above it, without a high mark for writing below it,
with one of 700, with one of 800, and with 700 and a filter that ignores the limit. Likewise in the other direction, where
the mark is the one of the filter for reading, 600. What --via makes keeps to the limit (see filter-high).'
commands='gallery_native filter-limit'
expected='-1 5000+0, 700 700+4300, 800 800+4200, ignored 700 5000+0, in 600 600+4400'
