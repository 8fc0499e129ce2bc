# Units by scale, steps of tics, and texts of CSV files.

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

# Axes of times and sizes over many decades, whose tics are read in their units, and the decades around some values.
time_tics(axis) = "log_unit_".axis." = 's'; set logscale ".axis."; set ".axis."tics (" \
    ."'1 us' 1e-6, '10 us' 1e-5, '100 us' 1e-4, '1 ms' 1e-3, '10 ms' 0.01, '100 ms' 0.1, " \
    ."'1 s' 1, '10 s' 10, '1 min' 60, '10 min' 600, '1 h' 3600, '10 h' 36000)"
size_tics(axis) = "log_unit_".axis." = 'B'; set logscale ".axis."; set ".axis."tics (" \
    ."'1 B' 1, '10 B' 10, '100 B' 100, '1 kB' 1e3, '10 kB' 1e4, '100 kB' 1e5, '1 MB' 1e6, '10 MB' 1e7, '100 MB' 1e8, " \
    ."'1 GB' 1e9, '10 GB' 1e10, '100 GB' 1e11)"
decade_below(value) = 10 ** floor(log10(value) + 1e-9)
decade_above(value) = 10 ** ceil(log10(value) - 1e-9)
# A time rounded up to a 50th of a decade: curves over them have few points, and none before its time.
rounded_up(time_s) = 10 ** (ceil(log10(time_s) * 50 - 1e-3) / 50.0)

# A text of a CSV file without the apostrophe that stands before what a spreadsheet would take for a formula.
unquoted(text) = strlen(text) > 1 && substr(text, 1, 1) eq "'" && strstrt("=+-@'", substr(text, 2, 2)) ? \
    substr(text, 2, strlen(text)) : text
group_of(dummy) = unquoted(strcol("group"))
endpoint(address, port) = strstrt(address, ":") ? "[".address."]:".port : address.":".port
