# What level.gp needs of DIR/flow_ticks.csv where only flows have limits, once for each DIR: of each view, the lowest
# and the highest bucket of the flows at the ends of each bin's ticks. Reads ticks.gp first.
# $flow_levels index v - 1 is as $levels: time, lowest, highest. flow_level_low[v] is its lowest.
# shows_level(v): whether there is a bucket to show, the group's or of flows that were recorded.

shows_level(v) = rows[v] > 0 && !is_nan(bucket_burst(v)) && (!is_nan(burst[at(v)]) || flow_level_rows[v] > 0)
if (!exists("flow_levels_dir") || flow_levels_dir ne dir) {
    flow_levels_dir = dir
    array flow_level_low[VIEWS_MAX]
    array flow_level_rows[VIEWS_MAX]
    array flow_low[VIEWS_MAX * BINS]
    array flow_high[VIEWS_MAX * BINS]
    done = sum [v = 1:VIEWS_MAX] (flow_level_low[v] = 0, flow_level_rows[v] = 0, 0)
    done = sum [i = 1:max(1, views) * BINS] (flow_low[i] = NaN, flow_high[i] = NaN, 0)
    has_flow_level(v) = rows[v] > 0 && is_nan(burst[at(v)]) && !is_nan(flow_burst[at(v)])
    level_bin(v, tick) = (v - 1) * BINS + min(int(tick) / ticks_per_bin(v), BINS - 1) + 1
    put_level(v, i, x) = (flow_low[i] = least_of(flow_low[i], x), flow_high[i] = most_of(flow_high[i], x), \
        flow_level_low[v] = min(flow_level_low[v], x), \
        flow_level_rows[v] = flow_level_rows[v] + 1, 0)
    if (has_flow_ticks && views > 0 && sum [v = 1:views] has_flow_level(v) > 0) {
        stats file("flow_ticks.csv") using (sum [v = 1:views] (has_flow_level(v) && \
            group_of(0) eq group_name[view_group[v]] ? \
            put_level(v, level_bin(v, column("tick")), column(view_word(v, "%s_bucket_bytes"))) : 0), 0) nooutput
    }
    flow_level_now(v, i) = is_nan(flow_low[i]) ? "" : \
        sprintf(",%.10g,%.10g", flow_low[i] / level_per(v), flow_high[i] / level_per(v))
    text = ""
    do for [v = 1:views] {
        last = ""
        if (bins_of(v) > 0) {
            done = sum [b = 1:bins_of(v)] add_change(bin_end(v, b - 1) / x_per(v), \
                flow_level_now(v, (v - 1) * BINS + b))
        }
        text = text.end_changes(end_s(v) / x_per(v))."\n\n"
    }
    set print $flow_levels
    print text
    unset print
}
