# What the figures of a sweep need of DIR/sweep-summary.csv, which has a row for each setting of each trace, with means
# over seeds and their 95 % interval. The script has set `name`, `dir`, `out` and `folder`. Afterwards:
#   file_summary, keys, key_name[k]          the varied settings with more than one value, in their order
#   value_count[k], value_at(k, i), value_of(k) values in their order of appearance; the index of a row's
#   traces, trace_text[t], trace_of(0)       likewise
#   view                                     "write_": the direction, and group, with the most bytes
#   figure(NAME)                             a row's mean of a figure of the view; ci(NAME) half its interval
#   fairness, fairness_text                  the figure to compare fairness by
#   wait_s(0), wait_ci(0), wait_text         that of what clients wait for: response p99 where there are exchanges
#   rate_column                              the rate that was asked for, if has_figure() of it
#   is_category(n), value_text(n, i)         whether the values of a key are words; with libevent's default marked

if (dir eq "" || out eq "") { exit error "usage: gnuplot -c ".name.".gp DIR OUT.svg|png|pdf" }
plain(path) = path eq "-" || substr(path, 1, 1) eq "/" || substr(path, 1, 2) eq "./" ? path : "./".path
dir = plain(dir)
out = plain(out)
key_narrower = 0
panels_across = 1
is_labelled = 0
if (!exists("has_units")) { load folder."units.gp" }
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
is_nan(x) = x != x
KEYS_MAX = 8
VALUES_MAX = 24
TRACES_MAX = 3
file_summary = (exists("report_thinned") && strstrt(report_thinned, " sweep-summary.csv ") ? report_data : dir) \
    ."/sweep-summary.csv"

# The header is read as a row: trace, keys, n, figures with _n _mean _sd _ci95.
set datafile separator comma
unset datafile columnheaders
stats file_summary using (0) every ::0::0 nooutput
columns = STATS_columns
all_keys = 0
array key_column[KEYS_MAX]
array all_key_name[KEYS_MAX]
figures = " "
in_keys = 1
put_header(i, text) = (in_keys = in_keys && text ne "n", in_keys && i > 1 && all_keys < KEYS_MAX ? \
    (all_keys = all_keys + 1, key_column[all_keys] = i, all_key_name[all_keys] = text, 0) : 0, \
    figures = figures.text." ", 0)
stats file_summary using (sum [i = 1:columns] put_header(i, strcol(i)), 0) every ::0::0 nooutput
has_figure(text) = strstrt(figures, " ".text." ") > 0

# Values in the order of appearance; more than fit are the last one.
array value_count[KEYS_MAX]
array values[KEYS_MAX * VALUES_MAX]
array trace_text[TRACES_MAX]
traces = 0
done = sum [k = 1:KEYS_MAX] (value_count[k] = 0)
value_at(k, i) = values[(k - 1) * VALUES_MAX + i]
find_value(k, text, i) = i > value_count[k] || i > VALUES_MAX ? i : \
    value_at(k, i) eq text ? i : find_value(k, text, i + 1)
add_value(k, text, i) = i <= value_count[k] || i > VALUES_MAX ? 0 : \
    (value_count[k] = i, values[(k - 1) * VALUES_MAX + i] = text, 0)
find_trace(text, t) = t > traces || t > TRACES_MAX ? t : trace_text[t] eq text ? t : find_trace(text, t + 1)
add_trace(text, t) = t <= traces || t > TRACES_MAX ? 0 : (traces = t, trace_text[t] = text, 0)
key_value(k) = unquoted(strcol(key_column[k]))
trace_of(dummy) = find_trace(unquoted(strcol(1)), 1)
settings = 0
stats file_summary using (settings = settings + 1, add_trace(unquoted(strcol(1)), trace_of(0)), \
    all_keys == 0 ? 0 : sum [k = 1:all_keys] add_value(k, key_value(k), find_value(k, key_value(k), 1)), 0) \
    every ::1 nooutput
if (settings == 0) { exit error name.": ".file_summary." has no settings" }

# libevent's default of a key, and keys whose values are words.
is_default(name, text) = strstrt(name."|", "min-share|") > 0 && (text eq "64" || text eq "64B")
begins_number(text) = strstrt("0123456789.", substr(text, 1, 1)) > 0

# Keys that vary come first.
array key[KEYS_MAX]
keys = 0
do for [k = 1:all_keys] { if (value_count[k] > 1) { keys = keys + 1; key[keys] = k } }
key_text(n) = all_key_name[key[n]]
count_of(n) = value_count[key[n]]
text_of(n, i) = value_at(key[n], i)
value_of(n) = find_value(key[n], key_value(key[n]), 1)
value_text(n, i) = text_of(n, i).(is_default(key_text(n), text_of(n, i)) ? " (libevent's default)" : "")
is_category(n) = int(sum [i = 1:min(count_of(n), VALUES_MAX)] !begins_number(text_of(n, i))) > 0

set datafile columnheaders
view = ""
view_most = -1
rest = figures
tail_ = "throughput_bytes_per_s_mean "
while (strstrt(rest, tail_)) {
    head_ = substr(rest, 1, strstrt(rest, tail_) - 1)
    while (strstrt(head_, " ")) { head_ = substr(head_, strstrt(head_, " ") + 1, strlen(head_)) }
    total = 0
    add_total(x) = is_nan(x) ? 0 : (total = total + x, 0)
    stats file_summary using (add_total(column(head_."throughput_bytes_per_s_mean"))) nooutput
    if (total > view_most) { view_most = total; view = head_ }
    rest = substr(rest, strstrt(rest, tail_) + strlen(tail_), strlen(rest))
}
view_text = substr(view, 1, strlen(view) - 1)
view_note = sprintf(" (%s)", view_text)
figure(text) = column(view.text."_mean")
ci(text) = !has_figure(view.text."_ci95") ? 0 : is_nan(column(view.text."_ci95")) ? 0 : column(view.text."_ci95")
# What clients wait for, in the group of the view: their responses, or else their packets.
group_view = strlen(view) > 5 && substr(view, strlen(view) - 5, strlen(view)) eq "write_" ? \
    substr(view, 1, strlen(view) - 6) : substr(view, 1, strlen(view) - 5)
waits = 0
if (has_figure(group_view."response_p99_s_mean")) {
    stats file_summary using (waits = waits + (column(group_view."response_p99_s_mean") > 0), 0) nooutput
}
wait_column = waits > 0 ? group_view."response_p99_s" : view."delay_p99_s"
wait_text = waits > 0 ? "response p99" : "delay p99"
has_wait = has_figure(wait_column."_mean")
wait_s(dummy) = column(wait_column."_mean")
wait_ci(dummy) = !has_figure(wait_column."_ci95") ? 0 : \
    is_nan(column(wait_column."_ci95")) ? 0 : column(wait_column."_ci95")
rate_column = has_figure(group_view."rate_bytes_per_s") ? group_view."rate_bytes_per_s" : view."rate_bytes_per_s"

fairness = has_figure(view."jain_compared_mean") ? "jain_compared" : "jain_1_tick"
window_s = 0
if (has_figure("compared_window_s")) {
    stats file_summary using (window_s = max(window_s, column("compared_window_s")), 0) nooutput
}
fairness_text = fairness eq "jain_1_tick" || window_s == 0 ? "J, 1 tick" : \
    sprintf("J, %g %s", window_s / time_per(window_s), time_unit(window_s))

# In a tic gnuplot reads a percent sign as the start of a format.
doubled(text) = strstrt(text, "%") == 0 ? text : \
    substr(text, 1, strstrt(text, "%"))."%".doubled(substr(text, strstrt(text, "%") + 1, strlen(text)))
# At most `room` tics of the values of key n, each for every few of them and cut to some letters:
#   eval value_tics("x", n, room, letters)
tic_every(n, room) = (count_of(n) + room - 1) / room
cut(text, letters) = strlen(text) > letters ? substr(text, 1, letters - 2).".." : text
value_tics(axis, n, room, letters) = sprintf("set %stics (); do for [tic = 1:%d:%d] { " \
    ."tic_text = doubled(cut(text_of(%d, tic), %d)); set %stics add (tic_text tic) }", \
    axis, count_of(n), tic_every(n, room), n, letters, axis)
# The key under an axis, with its default.
has_default(n) = int(sum [i = 1:min(count_of(n), VALUES_MAX)] is_default(key_text(n), text_of(n, i))) > 0
axis_text(n) = key_text(n).(has_default(n) ? " (64: libevent's default)" : "")
# How many letters tics have that share so many mm.
letters_in(mm, n, room) = max(4, int(mm / min(count_of(n), room) / 1.9))
# Curves: combinations of the other keys than the first, at most SERIES_MAX.
SERIES_MAX = 8
series_all = 1
do for [n = 2:keys] { series_all = series_all * count_of(n) }
series_count = min(series_all, SERIES_MAX)
series_from(n) = n > keys ? 0 : value_of(n) - 1 + count_of(n) * series_from(n + 1)
series_of(dummy) = series_from(2) + 1
series_text_from(n, s) = n > keys ? "" : (n > 2 ? ", " : "").key_text(n)." ".value_text(n, s % count_of(n) + 1) \
    .series_text_from(n + 1, s / count_of(n))
series_text(s) = series_text_from(2, s - 1)
series_longest = max(1, keys > 1 ? int(sum [s = 1:series_count] (strlen(series_text(s)) > 0)) : 1)
