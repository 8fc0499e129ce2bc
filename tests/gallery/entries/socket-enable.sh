claim='reading and writing stop and continue in mid-run'
text='The notes: bufferevent_enable() and bufferevent_disable() switch directions, bufferevent_get_enabled()
returns them: EV_READ is 2, EV_WRITE is 4. New sockets, pairs and filters write and do not read; a filter has both
enabled on the bufferevent under it. Then with both enabled 5 bytes come; 7 more with reading disabled; enabled again;
9 are written with writing disabled; enabled again. What is enabled, and what has arrived here, then there.'
commands='gallery_native socket-enable'
expected='new 4 4 4 under it 6; socket 6 5, 4 5, 6 12, 2 0, 6 9; pair 6 5, 4 5, 6 12, 2 0, 6 9'
