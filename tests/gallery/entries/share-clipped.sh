claim='the slower direction cuts the min-share of both'
text='The book does not say that a min-share above the rate is cut to it, and that the smaller rate
of both directions counts. What one of 5000 and of 20,000 members may read at once at 100,000 B per
tick: 64 and 64; with 10 B per tick to write the min-share is 10, and it is 20 and 10.'
commands='gallery_native share-clipped'
expected='64 64 20 10'
