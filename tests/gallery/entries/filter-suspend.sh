claim='a filter that does not read lets nothing come below'
text='The book: a filter suspends reading below when it does not want to read; reading below may also be disabled beside
the filter, which then may not get its data. Reading is disabled on a filter over a pair, 5 bytes are
written: bytes in the filter, below it, and still at the peer; what is enabled below (6: reading and writing, it
is suspended and not disabled). Enabled again. Then 5 more with reading disabled below, and enabled again.'
commands='gallery_native filter-suspend'
expected='0+0+5 6, 5+0+0; beside it 5+0+5, 10+0+0'
