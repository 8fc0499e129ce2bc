claim='decrements by hand change levels, not totals'
text='The book offers manual decrements for traffic that does not pass a bufferevent. They are not
counted in the totals of a group, and taking from a member takes nothing from its group. Own level
and group level after 300 of 1000 are taken from the member; read and write level of the group after
300 and 1300 are taken from it; its totals.'
commands='gallery_native bucket-by-hand'
expected='700 1000 700 -300 totals 0 0'
