# Panel p of level.gp and bucket.gp: the bucket of view v.

d = view_direction[v] + 1
is_flows = is_nan(burst[at(v)])
head = view_text(v).(is_flows ? ", buckets of flows" : "") \
    .many_text(is_flows ? ticks_per_bin(v) : ticks_per_step(v), " (lowest to highest of %d ticks)").marks_head(v)
eval panel(p)
eval marks(v)
set xrange [0 : end_s(v) / x_per(v)]
set xlabel is_last_row(p) ? "time (".time_unit(end_s(v)).")" : ""
lowest = is_flows ? flow_level_low[v] : level_low[v]
y_per = level_per(v)
eval y_label("bucket (".size_unit(level_most(v)).")")
set yrange [(lowest < 0 ? 1.06 * lowest / y_per : 0) : 1.06 * level_most(v) / y_per]
set ytics tic_step((1.06 * level_most(v) - min(0, lowest)) / y_per)
burst_text = "burst ".size_text(bucket_burst(v))
# What has no height is not filled: PDF would show it.
lower(low, high) = column(low) == column(high) ? NaN : column(low)
is_range = 1
together = is_flows ? "3:1 4:1" : "1:5 2:7 4:5 6:7"
if (is_flows) {
    plot $flow_levels index v - 1 using 1:2:3 with filledcurves \
            fillcolor rgb FILL[d] title "lowest to highest flow", \
        0 with lines linestyle ZERO notitle, \
        for [c = 2:3] $flow_levels index v - 1 using 1:c with lines \
            linestyle EDGE[d] notitle, \
        bucket_burst(v) / y_per with lines linestyle LIMIT title burst_text
} else {
    plot $levels index v - 1 using TIME:(lower(REFILL_LOW, REFILL_HIGH)):REFILL_HIGH \
            with filledcurves fillcolor rgb PALE[d] notitle, \
        $levels index v - 1 using TIME:(lower(END_LOW, END_HIGH)):END_HIGH \
            with filledcurves fillcolor rgb FILL[d] notitle, \
        0 with lines linestyle ZERO notitle, \
        $levels index v - 1 using TIME:REFILL_LOW with lines \
            linestyle SECOND[d] notitle, \
        $levels index v - 1 using TIME:REFILL_HIGH with lines \
            linestyle SECOND[d] title "after the refill", \
        $levels index v - 1 using TIME:END_LOW with lines \
            linestyle EDGE[d] notitle, \
        $levels index v - 1 using TIME:END_HIGH with lines \
            linestyle EDGE[d] title "at the tick's end", \
        $levels index v - 1 using TIME:BURST with lines linestyle LIMIT \
            title burst_text
}
