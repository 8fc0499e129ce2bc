# Units by scale, steps of tics, and texts of CSV files.
# Read once in a process.
has_units = 1

# Decimal prefixes: the unit to show values up to `largest` in, and what to divide by.
size_per(largest) = largest < 1e3 ? 1.0 : largest < 1e6 ? 1e3 : largest < 1e9 ? 1e6 : 1e9
size_unit(largest) = largest < 1e3 ? "B" : largest < 1e6 ? "kB" : largest < 1e9 ? "MB" : "GB"
size_text(bytes) = sprintf("%.4g %s", bytes / size_per(bytes), size_unit(bytes))
time_per(longest_s) = longest_s < 1 ? 1e-3 : longest_s < 600 ? 1.0 : longest_s < 7200 ? 60.0 : 3600.0
time_unit(longest_s) = longest_s < 1 ? "ms" : longest_s < 600 ? "s" : longest_s < 7200 ? "min" : "h"

# Steps of 1, 2 or 5 that put at most seven tics on an axis; those of counts are whole.
tic_step(range) = tic_round(range / 6.0, 10 ** floor(log10(range / 6.0)))
tic_round(step, power) = power * (step <= power ? 1 : step <= 2 * power ? 2 : step <= 5 * power ? 5 : 10)
count_step(range) = range <= 6 ? 1 : tic_step(range)

# A figure for one column of a page, with report_width_mm below 130, has fewer tics, heads of two lines, and as many
# columns of keys as their longest text leaves room for, as one of characters has: `wide` lines of keys are then enough
# for all others.
is_narrow = exists("report_width_mm") && report_width_mm < 130
is_characters = out eq "-"
terminal_columns = exists("report_columns") ? report_columns : 80
key_columns(letters) = max(1, is_characters ? (terminal_columns - 4) / (int(letters) + 8) : \
    int((report_width_mm - 6) / (1.75 * letters + 9)))
key_lines(wide, keys, letters) = is_narrow || is_characters ? (int(keys) - 1) / key_columns(letters) + 1 : wide

# Axes of times and sizes, whose tics are read in their units, from A to B: each decade has one, or three if there are
# few decades; on a narrow figure's x axis each second one, if there are many.
is_sparse(axis, from, to) = is_narrow && axis eq "x" && to > 1.1e5 * from
is_fine(axis, from, to) = to < (is_narrow && axis eq "x" ? 10 : 150) * from
fine_tics(unit, per, i) = i > 9 ? "" : sprintf("'%s %s' %.10g, ", word("1 2 5 10 20 50 100 200 500", i), unit, \
    per * word("1 2 5 10 20 50 100 200 500", i)).fine_tics(unit, per, i + 1)
time_tics_from(axis, from, to) = "log_unit_".axis." = 's'; set logscale ".axis."; set ".axis."tics (" \
    .(is_sparse(axis, from, to) ? "'1 us' 1e-6, '100 us' 1e-4, '10 ms' 0.01, '1 s' 1, '1 min' 60, '1 h' 3600)" : \
    is_fine(axis, from, to) ? fine_tics("us", 1e-6, 1).fine_tics("ms", 1e-3, 1) \
    ."'1 s' 1, '2 s' 2, '5 s' 5, '10 s' 10, " \
    ."'20 s' 20, '30 s' 30, '1 min' 60, '2 min' 120, '5 min' 300, '10 min' 600, '20 min' 1200, '30 min' 1800, " \
    ."'1 h' 3600, '2 h' 7200, '5 h' 18000, '10 h' 36000, '20 h' 72000)" : \
    "'1 us' 1e-6, '10 us' 1e-5, '100 us' 1e-4, '1 ms' 1e-3, '10 ms' 0.01, '100 ms' 0.1, " \
    ."'1 s' 1, '10 s' 10, '1 min' 60, '10 min' 600, '1 h' 3600, '10 h' 36000)")
size_tics_from(axis, from, to) = "log_unit_".axis." = 'B'; set logscale ".axis."; set ".axis."tics (" \
    .(is_sparse(axis, from, to) ? "'1 B' 1, '100 B' 100, '10 kB' 1e4, '1 MB' 1e6, '100 MB' 1e8, '10 GB' 1e10)" : \
    is_fine(axis, from, to) ? fine_tics("B", 1, 1).fine_tics("kB", 1e3, 1).fine_tics("MB", 1e6, 1) \
    .fine_tics("GB", 1e9, 1)."'1 TB' 1e12)" : \
    "'1 B' 1, '10 B' 10, '100 B' 100, '1 kB' 1e3, '10 kB' 1e4, '100 kB' 1e5, '1 MB' 1e6, '10 MB' 1e7, '100 MB' 1e8, " \
    ."'1 GB' 1e9, '10 GB' 1e10, '100 GB' 1e11)")
decade_below(value) = 10 ** floor(log10(value) + 1e-9)
decade_above(value) = 10 ** ceil(log10(value) - 1e-9)
# A time rounded up to a 50th of a decade: curves over them have few points, and none before its time.
rounded_up(time_s) = 10 ** (ceil(log10(time_s) * 50 - 1e-3) / 50.0)

# A text of a CSV file without the apostrophe that stands before what a spreadsheet would take for a formula.
unquoted(text) = strlen(text) > 1 && substr(text, 1, 1) eq "'" && strstrt("=+-@'", substr(text, 2, 2)) ? \
    substr(text, 2, strlen(text)) : text
group_of(dummy) = unquoted(strcol("group"))
endpoint(address, port) = strstrt(address, ":") ? "[".address."]:".port : address.":".port
