# What service.gp and lag.gp share: axes and steps of flows by a value, the largest first. The script has set `count` of
# the flows, `ceiling` in bytes, and $sorted, which is gnuplot's table of `smooth cumulative` over the negative values:
# value and rank; what is no flow of the view has a positive one. Afterwards $steps has a step for each flow, of the
# RANKS that the width shows, from the most to the least.

RANKS = 480
rank_from = 0
rank_text = ""
is_rank(line) = words(line) > 1 && substr(line, 1, 1) ne "#" && real(word(line, 1)) <= 0
put_rank(to, value) = (rank_text = rank_text.sprintf("%d,%.10g\n%d,%.10g\n", rank_from, value, to, value), \
    rank_from = to, 0)
take_rank(to, value) = rank_from == 0 || to == count || to * RANKS / count > rank_from * RANKS / count ? \
    put_rank(to, value) : 0
# A loop over flows is a sum, as in ticks.gp.
done = sum [i = 1:|$sorted|] (is_rank($sorted[i]) ? \
    take_rank(int(real(word($sorted[i], 2))), -real(word($sorted[i], 1))) : 0)
set print $steps
print rank_text
unset print
y_per = size_per(ceiling)
set xrange [0 : count]
set xtics count_step(count)
set xlabel is_last_row(p) ? "flows, the largest first" : ""
set yrange [0 : 1.06 * ceiling / y_per]
set ytics tic_step(1.06 * ceiling / y_per)
