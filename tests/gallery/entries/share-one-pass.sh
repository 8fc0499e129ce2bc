claim='unfair within a tick: shares fall from 1 to 1/e'
text='The book: group limits try to be fair on aggregate, but can be unfair on very small
timescales. Each of n members may have 1/n of what is left when its turn comes. Ten members, 40,000
B, one pass: what each writes, and the fairness index of Jain: (2 - 1/n)(1 - q^n)/(1 + q^n) with q =
1 - 1/n is 0.91757 before rounding to bytes.'
commands='gallery_native share-one-pass'
expected='4000 3600 3240 2916 2624 2362 2125 1913 1722 1549 J 0.91754'
