claim='a credit can lift a bucket above its burst'
text='The book: decrements are signed, pass a negative one to increment a bucket. It does not say
that the burst is not looked at. Worse: above the burst the next refill subtracts in unsigned
arithmetic and the bucket grows by the rate in each tick, without end. Rate 1000, burst 2000, a
credit of 1500 in the first tick.'
commands='gallery_native bucket-credit'
expected='2500 3500 4500 5500 6500 7500 8500 9500 10500 11500 12500'
