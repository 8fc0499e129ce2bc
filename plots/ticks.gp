# What the figures of a run need of DIR/ticks.csv, once for each DIR: of each view, steps of as many ticks as the width
# shows. Reads events.gp, and comes after run.gp. Both blocks have an empty row where idle ticks were left out:
#   $ticks index v - 1    a row at the end of each step: columns TIME, BACKLOG, PASSED, OFFER, ALLOWED
#   $levels index v - 1   rows at both ends of what does not change: TIME, END_LOW, END_HIGH, REFILL_LOW, REFILL_HIGH,
#                         BURST
#   ticks_per_step(v)     ticks of a step
#   ticks_per_bin(v)      ticks of a bin, which flows have instead; at most BINS of them, which end at bin_end(v, b) s
#   x_per(v), level_per(v), backlog_per(v), so_far_per(v)   the units of the blocks' values: seconds, and bytes
#   level_low[v], level_high[v], backlog_most[v], passed[v], first_level[v], rows[v]

STEPS = 300
BINS = 120
ticks_per_step(v) = ceil(max(1, ticks(v)) / real(STEPS))
ticks_per_bin(v) = ticks(v) <= BINS ? 1 : 4 * ticks_per_step(v)
bins_of(v) = min(BINS, ceil(ticks(v) / real(ticks_per_bin(v))))
bin_end(v, b) = min(b * ticks_per_bin(v), ticks(v)) * tick_s(v)
load folder."events.gp"
TIME = 1
BACKLOG = 2; PASSED = 3; OFFER = 4; ALLOWED = 5
END_LOW = 2; END_HIGH = 3; REFILL_LOW = 4; REFILL_HIGH = 5; BURST = 6
many_text(ticks, format) = ticks == 1 ? "" : sprintf(format, ticks)
steps_text(v, format) = many_text(ticks_per_step(v), format)
x_per(v) = time_per(end_s(v))
bucket_burst(v) = is_nan(burst[at(v)]) ? flow_burst[at(v)] : burst[at(v)]
level_most(v) = max(1, is_nan(burst[at(v)]) ? flow_burst[at(v)] : max(level_high[v], burst[at(v)]))
level_per(v) = size_per(level_most(v))
backlog_per(v) = size_per(backlog_most[v])
# The bucket's first level and the rate of every tick since.
level(v, tick) = first_level[v] + allowed(v, first_tick[v], tick)
allowance(v) = is_nan(rate[at(v)]) ? 0 : level(v, ticks(v) - 1)
# Charged bytes may be others than those offered: TLS, filters. Where little passed, the allowance leaves the panel.
has_offered(v) = is_nan(charged[at(v)]) || charged[at(v)] == delivered[at(v)]
carried(v) = max(passed[v], has_offered(v) ? offered[at(v)] : 0)
so_far_most(v) = max(1, max(carried(v), min(allowance(v), 1.3 * carried(v))))
so_far_per(v) = size_per(so_far_most(v))

if (!exists("ticks_dir") || ticks_dir ne dir) {
    ticks_dir = dir
    array level_low[VIEWS_MAX]
    array level_high[VIEWS_MAX]
    array backlog_most[VIEWS_MAX]
    array passed[VIEWS_MAX]
    array first_level[VIEWS_MAX]
    array first_tick[VIEWS_MAX]
    array rows[VIEWS_MAX]
    array end_low[VIEWS_MAX * STEPS]
    array end_high[VIEWS_MAX * STEPS]
    array refill_low[VIEWS_MAX * STEPS]
    array refill_high[VIEWS_MAX * STEPS]
    array waiting[VIEWS_MAX * STEPS]
    array waiting_last[VIEWS_MAX * STEPS]
    array so_far[VIEWS_MAX * STEPS]
    # Loops are sums where they can be: gnuplot needs far longer for a command than for a term.
    done = sum [i = 1:VIEWS_MAX] (level_low[i] = 1e300, level_high[i] = 0, backlog_most[i] = 0, passed[i] = 0, \
        rows[i] = 0, first_level[i] = 0, first_tick[i] = 0)
    done = sum [i = 1:max(1, views) * STEPS] (so_far[i] = -1, waiting[i] = 0, end_low[i] = NaN, end_high[i] = NaN, \
        refill_low[i] = NaN, refill_high[i] = NaN, 0)
    step(v, tick) = (v - 1) * STEPS + min(int(tick) / ticks_per_step(v), STEPS - 1) + 1
    # A level of NaN, in a group without a limit, compares as false.
    least_of(old, x) = is_nan(old) || x < old ? x : old
    most_of(old, x) = is_nan(old) || x > old ? x : old
    begin_view(v, tick, start) = rows[v] > 0 ? 0 : (first_level[v] = start, first_tick[v] = tick)
    put_tick(v, i, tick, start, end, bytes, backlog) = (begin_view(v, tick, start), rows[v] = rows[v] + 1, \
        passed[v] = passed[v] + bytes, so_far[i] = passed[v], end_low[i] = least_of(end_low[i], end), \
        end_high[i] = most_of(end_high[i], end), refill_low[i] = least_of(refill_low[i], start), \
        refill_high[i] = most_of(refill_high[i], start), \
        waiting[i] = max(waiting[i], backlog), waiting_last[i] = backlog, \
        level_low[v] = least_of(level_low[v], end), level_high[v] = most_of(level_high[v], start), \
        backlog_most[v] = max(backlog_most[v], backlog), 0)
    take_tick(v, tick) = put_tick(v, step(v, tick), tick, column(view_word(v, "%s_bucket_start_bytes")), \
        column(view_word(v, "%s_bucket_end_bytes")), column(view_past(v, "%s_bytes")), \
        column(view_word(v, "%s_backlog_bytes")))
    if (views > 0 && sum [v = 1:views] ticks(v) > 0) {
        stats file("ticks.csv") using (sum [v = 1:views] (group_of(0) eq group_name[view_group[v]] ? \
            take_tick(v, column("tick")) : 0), 0) nooutput
    }

    step_start(v, s) = s * ticks_per_step(v)
    step_end(v, s) = min((s + 1) * ticks_per_step(v), ticks(v))
    totals(v, s, waits, past, offer) = sprintf("%.10g,%.10g,%.10g,%.10g,%.10g", s * tick_s(v) / x_per(v), \
        waits / backlog_per(v), past / so_far_per(v), offer / so_far_per(v), level(v, s - 1) / so_far_per(v))
    levels(v, i, s) = sprintf(",%.10g,%.10g,%.10g,%.10g,%.10g", end_low[i] / level_per(v), end_high[i] / level_per(v), \
        refill_low[i] / level_per(v), refill_high[i] / level_per(v), limit_at(v, 2, step_start(v, s)) / level_per(v))
    steps_of(v) = min(STEPS, ceil(real(ticks(v)) / ticks_per_step(v)))
    index_of(v, s) = (v - 1) * STEPS + s + 1
    begin_total(v, s) = is_begin == 0 ? 0 : (text = text."\n".(s == 0 ? totals(v, 0, 0, 0, 0) : \
        totals(v, step_start(v, s), 0, past, past))."\n", is_begin = 0)
    add_total(v, s, i) = so_far[i] < 0 ? (is_begin = 1, 0) : (begin_total(v, s), past = so_far[i], \
        text = text.totals(v, step_end(v, s), waiting[i], past, past + waiting_last[i])."\n", 0)
    # Rows at both ends of what does not change; `now` is empty in a gap.
    add_change(x, now) = now eq last ? 0 : (text = text.(last eq "" ? "" : sprintf("%.10g", x).last."\n") \
        .(now eq "" ? "\n" : sprintf("%.10g", x).now."\n"), last = now, 0)
    end_changes(x) = last eq "" ? "" : sprintf("%.10g", x).last."\n"
    level_now(v, s, i) = so_far[i] < 0 ? "" : levels(v, i, s)
    text = ""
    do for [v = 1:views] {
        is_begin = 1
        if (steps_of(v) > 0) { done = sum [s = 0:steps_of(v) - 1] add_total(v, s, index_of(v, s)) }
        text = text."\n\n"
    }
    set print $ticks
    print text
    text = ""
    do for [v = 1:views] {
        last = ""
        if (steps_of(v) > 0) {
            done = sum [s = 0:steps_of(v) - 1] add_change(step_start(v, s) * tick_s(v) / x_per(v), \
                level_now(v, s, index_of(v, s)))
        }
        text = text.end_changes(end_s(v) / x_per(v))."\n\n"
    }
    set print $levels
    print text
    unset print
}
