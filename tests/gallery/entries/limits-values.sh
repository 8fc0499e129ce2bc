claim='what a limit may be'
text='The book: NULL is returned on error; values above EV_RATE_LIMIT_MAX are not supported. A rate
of 0, a rate above the burst, a value of EV_RATE_LIMIT_MAX + 1, and that maximum itself. (It is
taken, but not kept: see bucket-2-32.)'
commands='gallery_native limits-values'
expected='refused refused refused taken'
