claim='a limit on a filter does nothing'
text='The book warns that a filter that ignores its dst_limit might violate rate limits, as if
limits reached it: they do not. Of 50,000 bytes written through a filter over a socket, in a group
of 1000 B per tick, all cross in the first tick if the filter is the member, and 1000 if the socket
under it is.'
commands='gallery_native filter-in-group'
expected='filter 50000 totals 0 0, underlying 1000 totals 0 1000'
