# What the figures of a run need of DIR/events.csv, once for each DIR: marks, and limits that changed.
#   limit_at(v, which, tick)   the limit of view v in force in that tick; which: 1 rate, 2 burst
#   allowed(v, first, tick)    what the rate filled in from the tick `first` until the refill of `tick`, in bytes
#   changes(v)                 how many changes its group has
#   eval marks(v)              draws its group's events as dotted lines with numbers
#   marks_head(v)              names them, to stand behind a panel's title

EVENTS_MAX = 24
if (!exists("events_dir") || events_dir ne dir) {
    events_dir = dir
    events = 0
    changed = 0
    array event_group[EVENTS_MAX]
    array event_s[EVENTS_MAX]
    array event_text[EVENTS_MAX]
    array change_group[EVENTS_MAX]
    array change_tick[EVENTS_MAX]
    array change_limit[4 * EVENTS_MAX] # read rate and burst, write rate and burst
    keep_event(group, time, text) = events == EVENTS_MAX || text eq "background" ? 0 : (events = events + 1, \
        event_group[events] = group, event_s[events] = time, event_text[events] = text, 0)
    keep_change(group, tick, text, rr, rb, wr, wb) = changed == EVENTS_MAX || text ne "set-limit" ? 0 : \
        (changed = changed + 1, change_group[changed] = group, change_tick[changed] = tick, \
        change_limit[4 * changed - 3] = rr, change_limit[4 * changed - 2] = rb, \
        change_limit[4 * changed - 1] = wr, change_limit[4 * changed] = wb, 0)
    if (has_file("events.csv")) {
        stats file("events.csv") using (keep_event(group_of(0), column("time_s"), strcol("event")), \
            keep_change(group_of(0), column("tick"), strcol("event"), column("read_rate_bytes_per_tick"), \
            column("read_burst_bytes"), column("write_rate_bytes_per_tick"), column("write_burst_bytes"))) nooutput
    }
}
is_change(v, i) = change_group[i] eq group_name[view_group[v]]
change(v, which, i) = change_limit[4 * (i - 1) + 2 * view_direction[v] + which]
first_limit(v, which) = which == 1 ? rate[at(v)] : burst[at(v)]
changes(v) = changed == 0 ? 0 : sum [i = 1:changed] is_change(v, i)
limit_from(v, which, tick, i, limit) = i > changed ? limit : \
    limit_from(v, which, tick, i + 1, is_change(v, i) && change_tick[i] <= tick ? change(v, which, i) : limit)
limit_at(v, which, tick) = limit_from(v, which, tick, 1, first_limit(v, which))
allowed_from(v, first, tick, i, limit, sum_bytes) = i > changed ? sum_bytes + limit * (tick - first) : \
    is_change(v, i) && change_tick[i] <= tick ? allowed_from(v, max(first, change_tick[i] - 1), tick, i + 1, \
        change(v, 1, i), sum_bytes + limit * max(0, change_tick[i] - 1 - first)) : \
    allowed_from(v, first, tick, i + 1, limit, sum_bytes)
allowed(v, first, tick) = allowed_from(v, first, tick, 1, rate[at(v)], 0)

is_mark(v, i) = event_group[i] eq group_name[view_group[v]]
mark_number(v, i) = int(sum [k = 1:i] is_mark(v, k))
# Numbers that would stand in one another are left out: they count on.
stands_free(v, i, x_of_last) = event_s[i] - x_of_last > 0.025 * end_s(v)
mark_line(v, i) = sprintf("set arrow from %.10g, graph 0 to %.10g, graph 1 nohead linestyle MARK; ", \
    event_s[i] / x_per(v), event_s[i] / x_per(v))
mark_label(v, i) = sprintf("set label '%d' at %.10g, graph 0.93 left offset 0.3, 0; ", mark_number(v, i), \
    event_s[i] / x_per(v))
marks_from(v, i, last_s) = i > events ? "" : !is_mark(v, i) ? marks_from(v, i + 1, last_s) : \
    stands_free(v, i, last_s) ? mark_line(v, i).mark_label(v, i).marks_from(v, i + 1, event_s[i]) : \
    mark_line(v, i).marks_from(v, i + 1, last_s)
marks(v) = marks_from(v, 1, -end_s(v))
marks_text_from(v, i) = i > events ? "" : (is_mark(v, i) && mark_number(v, i) <= 4 ? \
    sprintf("%s%d %s", mark_number(v, i) > 1 ? ", " : "", mark_number(v, i), event_text[i]) : "") \
    .marks_text_from(v, i + 1)
marks_count(v) = events == 0 ? 0 : int(sum [i = 1:events] is_mark(v, i))
marks_head(v) = marks_count(v) == 0 ? "" : "; ".marks_text_from(v, 1).(marks_count(v) > 4 ? ", ..." : "")
