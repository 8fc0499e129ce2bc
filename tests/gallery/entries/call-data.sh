claim='what the calls for data return'
text='The notes: bufferevent_write() returns 0 or -1, bufferevent_read() the bytes read, and two more calls move whole
evbuffers (bufferevent_write_buffer() and bufferevent_read_buffer(); the notes call them by the names of the first
two). bufferevent_getcb() returns what bufferevent_setcb() set. 5 bytes are written; the output before and the input
after the other end reads; 3, 10 and 10 asked for; a buffer of 8 written and read, and what is left. -1 takes a frozen buffer.'
commands='gallery_native call-data'
expected='callbacks set, write 0 output 5 then 0 input 5, read 3 2 0, buffer 0 left 0 read 0 8 left 0, frozen -1'
