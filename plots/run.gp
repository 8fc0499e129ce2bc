# What the figures of a run need of DIR/summary.json, read once for each DIR: groups, limits, views, files.
# The script has set `name`, `dir`, `out` and `folder` from its arguments, as `load` hides them. Afterwards:
#   dir, out                in a form that gnuplot takes neither for a command nor for a home directory
#   file(NAME)              path of a CSV file, the command that unpacks it, or the report's thinned one
#   has_file(NAME)          whether the run has written it, lack(NAME): the error where it has not
#   has_flow_ticks          whether flow_ticks.csv has rows
#   run_end_s               when the run ended; group "-" has no ticks
#   group_flows[g], group_ticks[g], group_tick_s[g]
#   groups, group_name[g]   group "-" has no limits
#   views, view_group[v], view_direction[v]   groups and directions (0 read, 1 write) that carried bytes, at most the
#                           VIEWS_MAX with the most; view_word(v, "read_%s") is the name of its column
#   slot(g, d)              index of the arrays below: a group and a direction
#   delay_most                            [slot], in seconds; NaN: no packet was delivered whole
#   offered, delivered, rate, burst, flow_rate, flow_burst   [slot], in bytes, and per tick; NaN: none

if (dir eq "" || out eq "") { exit error "usage: gnuplot -c ".name.".gp DIR OUT.svg|png|pdf" }
plain(path) = path eq "-" || substr(path, 1, 1) eq "/" || substr(path, 1, 2) eq "./" ? path : "./".path
dir = plain(dir)
key_narrower = 0
panels_across = 1
is_labelled = 0
out = plain(out)
if (!exists("has_units")) { load folder."units.gp" }
# A compressed file is unpacked by zstd, which a shell starts.
quoted(path) = strstrt(path, "'") ? substr(path, 1, strstrt(path, "'") - 1)."'\\''".\
    quoted(substr(path, strstrt(path, "'") + 1, strlen(path))) : path
is_packed(csv) = strstrt(files, " ".csv.".zst ") > 0
stored(csv) = is_packed(csv) ? "< zstd -dcq -- '".quoted(dir."/".csv.".zst")."'" : dir."/".csv
file(csv) = exists("report_thinned") && strstrt(report_thinned, " ".csv." ") ? report_data."/".csv : stored(csv)
has_file(csv) = strstrt(files, " ".csv." ") > 0 || is_packed(csv)
lack(csv) = name.": nothing to draw in ".dir.": the run has not kept ".csv
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
is_nan(x) = x != x
slot(g, d) = 2 * g - 1 + d
GROUPS_MAX = 80
VIEWS_MAX = 8
UNLIMITED = 2147483647 # libevent's largest limit, which is none
array WORD[2] = ["read", "write"]
array PAST[2] = ["read", "written"]

if (!exists("run_dir") || run_dir ne dir) {
    run_dir = dir
    array group_name[GROUPS_MAX]
    array group_ticks[GROUPS_MAX]
    array group_flows[GROUPS_MAX]
    array group_tick_s[GROUPS_MAX]
    array offered[2 * GROUPS_MAX]
    array delivered[2 * GROUPS_MAX]
    array delay_most[2 * GROUPS_MAX]
    array charged[2 * GROUPS_MAX]
    array rate[2 * GROUPS_MAX]
    array burst[2 * GROUPS_MAX]
    array flow_rate[2 * GROUPS_MAX]
    array flow_burst[2 * GROUPS_MAX]
    array windows_s[2 * GROUPS_MAX]
    array windows_mean[2 * GROUPS_MAX]
    array windows_least[2 * GROUPS_MAX]
    done = sum [i = 1:2 * GROUPS_MAX] (offered[i] = NaN, delivered[i] = NaN, delay_most[i] = NaN, charged[i] = NaN, \
        rate[i] = NaN, burst[i] = NaN, flow_rate[i] = NaN, flow_burst[i] = NaN, \
        windows_s[i] = "", windows_mean[i] = "", windows_least[i] = "", 0)
    done = sum [i = 1:GROUPS_MAX] (group_ticks[i] = 0, group_flows[i] = 0, group_tick_s[i] = NaN, 0)
    groups = 0
    section = ""
    block = ""
    direction = -1
    run_end_s = NaN
    files = " "

    # summary.json has one key on a line. Text that is not a number is NaN.
    bare(text) = substr(text, strlen(text), strlen(text)) eq "," ? substr(text, 1, strlen(text) - 1) : text
    number(text) = strstrt("-0123456789", substr(text, 1, 1)) && strlen(text) ? real(bare(text)) : NaN
    limit(text) = number(text) < UNLIMITED ? number(text) : NaN
    here(x) = slot(groups, direction)
    once(old, text) = is_nan(old) ? number(text) : old
    set_limit(d, is_rate, text) = block eq "effective" ? \
        (is_rate ? (rate[slot(groups, d)] = limit(text)) : (burst[slot(groups, d)] = limit(text))) : \
        block eq "flow_effective" ? \
        (is_rate ? (flow_rate[slot(groups, d)] = limit(text)) : (flow_burst[slot(groups, d)] = limit(text))) : 0
    begin_group(text) = (groups = groups + 1, group_name[groups] = bare(text), direction = -1, block = "")
    take_limit(key, text) = key eq "effective" || key eq "flow_effective" || key eq "configured" || \
            key eq "flow_configured" || key eq "ratelimit_effective" ? (block = key, 0) : \
        key eq "read_rate_bytes_per_tick" ? set_limit(0, 1, text) : \
        key eq "write_rate_bytes_per_tick" ? set_limit(1, 1, text) : \
        key eq "read_burst_bytes" ? set_limit(0, 0, text) : \
        key eq "write_burst_bytes" ? set_limit(1, 0, text) : \
        key eq "tick_s" && is_nan(group_tick_s[groups]) ? (group_tick_s[groups] = number(text)) : \
        key eq "flows" ? (group_flows[groups] = number(text)) : \
        key eq "ticks" ? (group_ticks[groups] = number(text)) : 0
    take_direction(key, text) = \
        key eq "offered_bytes" ? (offered[here(0)] = once(offered[here(0)], text)) : \
        key eq "delivered_bytes" ? (delivered[here(0)] = once(delivered[here(0)], text)) : \
        key eq "delay_max_s" ? (delay_most[here(0)] = number(text)) : \
        key eq "charged_bytes" ? (charged[here(0)] = once(charged[here(0)], text)) : \
        key eq "jain" ? (block = key, 0) : \
        key eq "jain_run" ? (block = "", 0) : block ne "jain" ? 0 : \
        key eq "window_s" ? (windows_s[here(0)] = windows_s[here(0)]." ".bare(text), 0) : \
        key eq "mean" ? (windows_mean[here(0)] = windows_mean[here(0)]." ".bare(text), 0) : \
        key eq "min" ? (windows_least[here(0)] = windows_least[here(0)]." ".bare(text), 0) : 0
    take_group(key, text) = key eq "name" ? (begin_group(text), 0) : \
        key eq "read" ? (direction = 0) : key eq "write" ? (direction = 1) : \
        direction < 0 ? take_limit(key, text) : take_direction(key, text)
    take(key, text) = key eq "groups" ? (section = key, 0) : key eq "files" ? (section = key, 0) : \
        section eq "groups" ? take_group(key, text) : \
        section eq "files" ? (files = files.key." ", 0) : \
        key eq "end_s" ? (run_end_s = number(text)) : 0
    set datafile separator ":"
    set datafile commentschars ""
    unset datafile columnheaders
    stats dir."/summary.json" using (take(strcol(1), strcol(2)), 0) nooutput
    if (groups == 0) { exit error name.": ".dir."/summary.json names no groups: not a run's" }
    set datafile commentschars
    set datafile separator comma
    csv = "flow_ticks.csv"
    has_rows = has_file(csv)
    if (has_rows) { load folder."has_rows.gp" }
    has_flow_ticks = has_rows

    # The views: all slots with bytes, without the smallest where there are too many; in the order of groups.
    views = 0
    least = 0
    while (views == 0 || views > VIEWS_MAX) {
        views = sum [i = 1:2 * groups] (offered[i] > least)
        if (views == 0) { break }
        if (views > VIEWS_MAX) {
            next = 1e300
            done = sum [i = 1:2 * groups] (next = offered[i] > least ? min(next, offered[i]) : next, 0)
            least = next
        }
    }
    array view_group[max(views, 1)]
    array view_direction[max(views, 1)]
    v = 0
    do for [i = 1:2 * groups] {
        if (offered[i] > least) {
            v = v + 1
            view_group[v] = (i + 1) / 2
            view_direction[v] = (i + 1) % 2
        }
    }
}
at(v) = slot(view_group[v], view_direction[v])
view_word(v, format) = sprintf(format, WORD[view_direction[v] + 1])
view_past(v, format) = sprintf(format, PAST[view_direction[v] + 1])
group_text(g) = group_name[g] eq "-" ? "no group" : "group ".group_name[g]
view_text(v) = group_text(view_group[v]).", ".WORD[view_direction[v] + 1]
tick_s(v) = group_tick_s[view_group[v]]
ticks(v) = group_ticks[view_group[v]]
end_s(v) = ticks(v) * tick_s(v)
set datafile separator comma
set datafile columnheaders
