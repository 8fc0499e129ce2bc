# What service.gp and lag.gp share: axes and steps of flows by a value, the largest first. The script has set `count` of
# the flows, `ceiling` in bytes, and $sorted, which is gnuplot's table of `smooth cumulative` over the negative values:
# value and rank; what is no flow of the view has a positive one. Afterwards $steps has a step for each flow, of the
# RANKS that the width shows, from the most to the least.

RANKS = 480
rank_from = 0
set print $steps
do for [i = 1:|$sorted|] {
    if (words($sorted[i]) < 2 || substr($sorted[i], 1, 1) eq "#") { continue }
    value = -real(word($sorted[i], 1))
    if (value < 0) { continue }
    to = int(real(word($sorted[i], 2)))
    if (rank_from == 0 || to == count || to * RANKS / count > rank_from * RANKS / count) {
        print sprintf("%d,%.10g", rank_from, value)
        print sprintf("%d,%.10g", to, value)
        rank_from = to
    }
}
unset print
y_per = size_per(ceiling)
set xrange [0 : count]
set xtics count_step(count)
set xlabel is_last_row(p) ? "flows, the largest first" : ""
set yrange [0 : 1.06 * ceiling / y_per]
set ytics tic_step(1.06 * ceiling / y_per)
