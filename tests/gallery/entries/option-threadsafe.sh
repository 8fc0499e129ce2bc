claim='BEV_OPT_THREADSAFE fails without evthread'
text='The notes list the option. Without evthread_use_pthreads() no bufferevent can be made with it. With it two
threads write 10,000 records of 10 bytes each to one end of a pair while a third runs the loop: all arrive, none
is mixed with another. (On the clock of the system: threads do not run on a virtual one.)'
commands='gallery_native option-threadsafe'
expected='pair -1 socket NULL, with threads 20000 records 0 mixed'
