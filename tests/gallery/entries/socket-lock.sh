claim='a lock keeps writes together, and a freed bufferevent alive'
text='The notes list bufferevent_lock() and bufferevent_unlock(). Locks that a thread holds after lock, lock, unlock
and unlock, with BEV_OPT_THREADSAFE and without, where they do nothing. A bufferevent that is freed while it is
locked keeps its descriptor until it is unlocked. Two threads that lock for two writes of 5 bytes
each: 20,000 records of 10 bytes, none with bytes of both.'
commands='
gallery_native socket-lock
gallery_native socket-lock-threads'
expected='1 2 1 0 without 0 0 0 0 freed open closed 20000 records 0 mixed'
measure() { one_line <printed; }
