claim='freeing a group with members aborts'
text='The book: freeing a group removes all of its members. It asserts that there are none. Worse, a
member that was freed just before still counts until the loop has made a pass: so group_free right
after bufferevent_free aborts (signal 6), after one pass it works.'
commands='gallery_native group-free'
expected='signal 6, exit 0'
