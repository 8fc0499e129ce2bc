claim='callbacks are unlocked only if they are deferred'
text='The notes: callbacks run with the lock held, unless BEV_OPT_UNLOCK_CALLBACKS is set. It is refused
without BEV_OPT_DEFER_CALLBACKS, which pairs always have. The refusal loses the lock that was
made before it. Locks that are held in the read callback of a bufferevent
with BEV_OPT_THREADSAFE and: nothing else, DEFER, DEFER and UNLOCK, UNLOCK.'
commands='gallery_native option-unlock'
expected='socket 1 1 0 refused, 1 lock left, pair 1 1 0 0'
