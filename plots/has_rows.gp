# Sets has_rows: whether the file called `csv` has rows after its header. gnuplot warns of one that has none, and a
# report takes no warning.

rows_seen = 0
unset datafile columnheaders
stats file(csv) every ::::1 using (rows_seen = rows_seen + 1, 0) nooutput
set datafile columnheaders
has_rows = rows_seen > 1
