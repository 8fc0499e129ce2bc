# What rate.gp needs of DIR/flows.csv and DIR/flow_ticks.csv, once for each DIR: of each view, the bytes in each bin of
# the FLOWS_MAX recorded flows with the most, and of all. Reads ticks.gp first.
#   $rates index v - 1   rows at both ends of what does not change: the time, the limit, and of the stack the
#                        edges under and over 1, 2, ... flows, in units of x_per(v) and rate_per(v); the last is all
#   top_flows(v), top_name(v, r), top_bytes(v, r), rate_highest[v]

FLOWS_MAX = 7
top(v, r) = (v - 1) * FLOWS_MAX + r
limit_s(v) = rate[at(v)] / tick_s(v)
shows_limit(v) = limit_s(v) < 3 * rate_highest[v]
rate_most(v) = max(1, max(rate_highest[v], shows_limit(v) ? limit_s(v) : 0))
rate_per(v) = size_per(rate_most(v))

if (!exists("flow_rates_dir") || flow_rates_dir ne dir) {
    flow_rates_dir = dir
    array rate_highest[VIEWS_MAX]
    array flow_number[VIEWS_MAX * FLOWS_MAX]
    array flow_bytes[VIEWS_MAX * FLOWS_MAX]
    array flow_text[VIEWS_MAX * FLOWS_MAX]
    array flow_recorded[VIEWS_MAX * FLOWS_MAX]
    array bin_bytes[VIEWS_MAX * BINS]
    array flow_bin_bytes[VIEWS_MAX * FLOWS_MAX * BINS]
    done = sum [i = 1:VIEWS_MAX] (rate_highest[i] = 0)
    done = sum [i = 1:VIEWS_MAX * FLOWS_MAX] (flow_number[i] = -1, flow_bytes[i] = 0, flow_text[i] = "", \
        flow_recorded[i] = 0)
    done = sum [i = 1:max(1, views) * BINS] (bin_bytes[i] = 0)
    done = sum [i = 1:max(1, views) * FLOWS_MAX * BINS] (flow_bin_bytes[i] = 0)

    # A flow takes the last place if it has more bytes, and rises past those with fewer.
    swap(a, b) = (swap_number = flow_number[a], flow_number[a] = flow_number[b], flow_number[b] = swap_number, \
        swap_bytes = flow_bytes[a], flow_bytes[a] = flow_bytes[b], flow_bytes[b] = swap_bytes, \
        swap_text = flow_text[a], flow_text[a] = flow_text[b], flow_text[b] = swap_text, 0)
    rise(v, r) = r == 1 || flow_bytes[top(v, r - 1)] >= flow_bytes[top(v, r)] ? 0 : \
        (swap(top(v, r - 1), top(v, r)), rise(v, r - 1))
    place(v, flow, bytes, text) = bytes <= flow_bytes[top(v, FLOWS_MAX)] ? 0 : \
        (flow_number[top(v, FLOWS_MAX)] = flow, flow_bytes[top(v, FLOWS_MAX)] = bytes, \
        flow_text[top(v, FLOWS_MAX)] = text, rise(v, FLOWS_MAX))
    bin(v, tick) = (v - 1) * BINS + min(int(tick) / ticks_per_bin(v), BINS - 1) + 1
    flow_bin(v, r, tick) = (top(v, r) - 1) * BINS + min(int(tick) / ticks_per_bin(v), BINS - 1) + 1
    put_all(v, i, bytes) = (bin_bytes[i] = bin_bytes[i] + bytes, 0)
    put_flow(v, r, i, bytes) = (flow_bin_bytes[i] = flow_bin_bytes[i] + bytes, \
        flow_recorded[top(v, r)] = flow_recorded[top(v, r)] + bytes, 0)
    find_flow(v, r, flow, tick, bytes) = r > FLOWS_MAX ? 0 : flow_number[top(v, r)] == flow ? \
        put_flow(v, r, flow_bin(v, r, tick), bytes) : find_flow(v, r + 1, flow, tick, bytes)
    is_of(v) = group_of(0) eq group_name[view_group[v]]
    if (views > 0 && sum [v = 1:views] passed[v] > 0) {
        recorded_flows = " "
        put_recorded(text) = strstrt(recorded_flows, text) ? 0 : \
            (recorded_flows = recorded_flows.substr(text, 2, strlen(text)), 0)
        is_recorded(flow) = strstrt(recorded_flows, sprintf(" %d ", flow)) > 0
        if (has_flow_ticks) {
            stats file("flow_ticks.csv") using (put_recorded(sprintf(" %d ", column("flow")))) nooutput
        }
        stats file("flows.csv") using (sum [v = 1:views] (is_of(v) && is_recorded(column("flow")) ? \
            place(v, column("flow"), column(view_past(v, "%s_bytes")), \
            endpoint(strcol("initiator_address"), strcol("initiator_port"))) : 0), 0) nooutput
        stats file("ticks.csv") using (sum [v = 1:views] (is_of(v) ? put_all(v, bin(v, column("tick")), \
            column(view_past(v, "%s_bytes"))) : 0), 0) nooutput
        if (has_flow_ticks) {
            stats file("flow_ticks.csv") using (sum [v = 1:views] (is_of(v) ? find_flow(v, 1, column("flow"), \
                column("tick"), column(view_past(v, "%s_bytes"))) : 0), 0) nooutput
        }
    }

    # Flows without rows belong to the rest.
    upto(v, r, b) = r == 0 ? 0 : sum [q = 1:r] flow_bin_bytes[(top(v, q) - 1) * BINS + b]
    edge(v, r, b, per) = r > FLOWS_MAX ? \
        sprintf(",%.10g", max(upto(v, FLOWS_MAX, b), bin_bytes[(v - 1) * BINS + b]) / per) : \
        sprintf(",%.10g", upto(v, r, b) / per).edge(v, r + 1, b, per)
    find_highest(v, b, seconds) = (rate_highest[v] = max(rate_highest[v], bin_bytes[(v - 1) * BINS + b] / seconds))
    rates(v, b, per) = sprintf(",%.10g,0", limit_at(v, 1, (b - 1) * ticks_per_bin(v)) / tick_s(v) / rate_per(v)) \
        .edge(v, 1, b, per)
    text = ""
    do for [v = 1:views] {
        bins = bins_of(v)
        last = ""
        if (bins > 0) {
            done = sum [b = 1:bins] find_highest(v, b, bin_end(v, b) - bin_end(v, b - 1))
            done = sum [b = 1:bins] add_change(bin_end(v, b - 1) / x_per(v), \
                rates(v, b, (bin_end(v, b) - bin_end(v, b - 1)) * rate_per(v)))
        }
        text = text.end_changes(end_s(v) / x_per(v))."\n\n"
    }
    set print $rates
    print text
    unset print
}
