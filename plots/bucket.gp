# A group's bucket at each tick, and what went through it against what the bucket allows.
#   gnuplot -c plots/bucket.gp DIR OUT [GROUP [BURST RATE [WRITE_BURST WRITE_RATE]]]
# DIR/ticks.csv is all that is read. OUT ends in .svg, .png or .pdf. GROUP: the first one in the file.
# BURST in bytes and RATE in bytes per tick are the group's effective limits, for writing too unless it has its own;
# without them the lines of burst and allowance are left out. A direction without limit (2147483647) is left out.

if (ARGC < 2 || ARGC == 4 || ARGC == 6 || ARGC > 7) {
    exit error "usage: gnuplot -c bucket.gp DIR OUT.svg|png|pdf [GROUP [BURST RATE [WRITE_BURST WRITE_RATE]]]"
}
ticks_csv = ARG1."/ticks.csv"
out = ARG2
group = ARGC > 2 ? ARG3 : ""
array burst[2]   # [1] read, [2] write; bytes, 0 if not given
array rate[2]    # bytes per tick
burst[1] = ARGC > 4 ? real(ARG4) : 0
rate[1] = ARGC > 4 ? real(ARG5) : 0
burst[2] = ARGC > 6 ? real(ARG6) : burst[1]
rate[2] = ARGC > 6 ? real(ARG7) : rate[1]
given = ARGC > 4
UNLIMITED = 2147483647   # libevent's largest, in a bucket no limit fills
PIECES = 1000            # as many ticks or runs of ticks as the width shows

folder = ARG0
while (strlen(folder) > 0 && substr(folder, strlen(folder), strlen(folder)) ne "/") {
    folder = substr(folder, 1, strlen(folder) - 1)
}

min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b
set datafile separator comma
set datafile columnheaders

# What the axes must hold: first and last tick and time, how often a bucket is unlimited, the level's extremes.
if (group eq "") {
    stats ticks_csv using (group = strcol("group"), 0) every ::0::0 nooutput
}
rows = 0
gaps = 0
tick_s = 0
array unlimited[2] = [0, 0]
array lowest[2] = [0, 0]
array highest[2] = [0, 0]
array total[2] = [0, 0]
set_first(time, tick) = (first_s = time, first_tick = tick)
set_row(time, tick) = (gaps = gaps + (rows > 0 && tick != last_tick + 1), \
    tick_s = rows > 0 && tick_s == 0 ? (time - last_s) / (tick - last_tick) : tick_s, \
    last_s = time, last_tick = tick, rows = rows + 1)
set_bucket(i, start, end) = start == UNLIMITED ? (unlimited[i] = unlimited[i] + 1) : \
    (lowest[i] = min(lowest[i], end), highest[i] = max(highest[i], start))
set_extremes(dummy) = (rows == 0 ? set_first(column("time_s"), column("tick")) : 0, \
    set_row(column("time_s"), column("tick")), \
    set_bucket(1, column("read_bucket_start_bytes"), column("read_bucket_end_bytes")), \
    set_bucket(2, column("write_bucket_start_bytes"), column("write_bucket_end_bytes")), \
    total[1] = column("total_read_bytes"), total[2] = column("total_written_bytes"))
stats ticks_csv using (strcol("group") eq group ? set_extremes(0) : 0, 0) nooutput
if (rows == 0) { exit error "no ticks of group '".group."' in ".ticks_csv }
one_tick = tick_s == 0   # its length cannot be known
if (one_tick) { tick_s = 1 }

array shown[2]
do for [i = 1:2] { shown[i] = 2 * unlimited[i] < rows && !(given && burst[i] >= UNLIMITED) }
buckets = shown[1] + shown[2]

# Runs of ticks: one tick each, or what falls on one dot of the picture. A run ends where ticks are left out.
run_ticks = ceil((last_tick - first_tick + 1) / real(PIECES))
in_run = 0
begin(tick, rs, re, ws, we, rt, wt, r, w) = (in_run = 1, run_first = tick, run_last = tick, \
    r_high = rs, r_low = re, w_high = ws, w_low = we, r_from = rt - r, w_from = wt - w, r_to = rt, w_to = wt)
extend(tick, rs, re, ws, we, rt, wt) = (run_last = tick, r_high = max(r_high, rs), r_low = min(r_low, re), \
    w_high = max(w_high, ws), w_low = min(w_low, we), r_to = rt, w_to = wt)
at(tick) = first_s + (tick - first_tick) * tick_s
corner(tick, r_first, r_second, w_first, w_second, r_total, w_total, refills) = \
    sprintf("%.6f,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f ", at(tick), r_first, r_second, w_first, w_second, \
    r_total, w_total, refills)
run(dummy) = corner(run_first, r_high, r_low, w_high, w_low, r_from, w_from, run_first - first_tick) \
    .corner(run_last + 1, r_high, r_low, w_high, w_low, r_to, w_to, run_last - first_tick) \
    .corner(run_last + 1, r_low, r_high, w_low, w_high, r_to, w_to, run_last - first_tick) \
    .corner(run_first, r_low, r_high, w_low, w_high, r_from, w_from, run_first - first_tick)
ends_run(tick) = in_run && (tick > run_last + run_ticks || run_of(tick) != run_of(run_first))
run_of(tick) = floor((tick - first_tick) / real(run_ticks))
step(tick, rs, re, ws, we, rt, wt, r, w) = ends_run(tick) ? \
    (done = run(0).(tick > run_last + run_ticks ? "gap" : ""), begin(tick, rs, re, ws, we, rt, wt, r, w), done) : \
    ((in_run ? extend(tick, rs, re, ws, we, rt, wt) : begin(tick, rs, re, ws, we, rt, wt, r, w)), done = "")
set table $runs
plot ticks_csv using (strcol("group") eq group ? step(int(column("tick")), \
    column("read_bucket_start_bytes"), column("read_bucket_end_bytes"), \
    column("write_bucket_start_bytes"), column("write_bucket_end_bytes"), \
    column("total_read_bytes"), column("total_written_bytes"), \
    column("read_bytes"), column("written_bytes")) : (done = "")) with table if (done ne "")
unset table

# A run is four corners of its box: top left, top right, bottom right, bottom left. $edges has the upper two as lines,
# $bands all of them as the outline of what is filled; both break where ticks are left out. Totals stand still there.
outline = ""
back = ""
set print $edges
do for [i = 1:|$runs| + 1] {
    text = i > |$runs| ? run(0) : $runs[i]
    print word(text, 1)."\n".word(text, 2)
    if (words(text) > 4) { print "" }
}
set print $through
do for [i = 1:|$runs| + 1] {
    text = i > |$runs| ? run(0) : $runs[i]
    print word(text, 1)."\n".word(text, 2)
}
set print $bands
do for [i = 1:|$runs| + 1] {
    text = i > |$runs| ? run(0) : $runs[i]
    outline = outline.word(text, 1)."\n".word(text, 2)."\n"
    back = "\n".word(text, 3)."\n".word(text, 4).back
    if (words(text) > 4 || i > |$runs|) {
        print substr(outline, 1, strlen(outline) - 1).back
        print ""
        outline = ""
        back = ""
    }
}
unset print
array HIGH[2] = [2, 4]   # columns; the first is the time
array LOW[2] = [3, 5]
array TOTAL[2] = [6, 7]
TICKS = 8                # refills so far

# The page, from its top in mm: title, then each panel under a row with its key, the axis of time.
PANEL_MM = 37.0
HEAD_MM = 8.0
LEFT_MM = 18.0
one_limit = buckets < 2 || (burst[1] == burst[2] && rate[1] == rate[2])
two_rows = given && !one_limit
top_mm = 5.5
height_mm = top_mm + (buckets + 1) * (HEAD_MM + PANEL_MM) + (two_rows ? 4.5 : 0) + 13
load folder."style.gp"
unset datafile columnheaders
array name[2] = ["read", "write"]
array past[2] = ["read", "written"]
array line[2] = [READ, WRITTEN]
array top[2] = [READ_TOP, WRITTEN_TOP]
array edge[2] = [READ_EDGE, WRITTEN_EDGE]
array fill[2] = [READ_FILL, WRITTEN_FILL]
array limit[2] = [READ_LIMIT, WRITTEN_LIMIT]

end_s = at(last_tick + 1)
per_s = time_divisor(end_s)
what = buckets == 1 ? (shown[1] ? "read" : "write") : "read and write"
note = buckets == 2 ? "" : buckets == 0 ? "neither has a limit" : \
    shown[1] ? "write has no limit" : "read has no limit"
if (one_tick) { note = note.(note eq "" ? "" : "; ")."a single tick" }
if (gaps > 0) { note = note.(note eq "" ? "" : "; ")."idle ticks left out" }

set output out
set multiplot
set lmargin at screen at_x(LEFT_MM)
set rmargin at screen at_x(width_mm - 4)
set xrange [first_s / per_s : end_s / per_s]
set xtics format ""
if (one_tick) { set xtics ("" first_s / per_s) }
set label "Group ".group.": ".what.(note eq "" ? "" : " (".note.")") at screen at_x(2), at_y(4.5) left font title_font

do for [i = 1:2] {
    if (shown[i]) {
        key_x = LEFT_MM
        key_y = top_mm + HEAD_MM - 2.5
        if (run_ticks > 1) {
            eval key_fill(fill[i], sprintf("lowest to highest in %d ticks", run_ticks))
        } else {
            eval key_line(top[i], "after the refill")
            eval key_line(edge[i], "at the tick's end")
            eval key_fill(fill[i], "spent between")
        }
        if (given) { eval key_line(LIMIT, "burst ".size_text(burst[i])) } else { eval key_note("(burst not given)") }
        set tmargin at screen at_y(top_mm + HEAD_MM)
        set bmargin at screen at_y(top_mm + HEAD_MM + PANEL_MM)
        top_mm = top_mm + HEAD_MM + PANEL_MM
        ceiling = max(max(highest[i], given ? burst[i] : 0), 1)
        per = size_divisor(ceiling)
        set label name[i]." bucket (".size_unit(ceiling).")" at screen at_x(4), graph 0.5 center rotate
        set yrange [1.05 * lowest[i] / per : 1.06 * ceiling / per]
        set ytics tic_step((1.06 * ceiling - 1.05 * lowest[i]) / per)
        plot $bands using ($1 / per_s):(column(HIGH[i]) / per) with filledcurves closed fillcolor rgb fill[i], \
            0 with lines linestyle ZERO, \
            $edges using ($1 / per_s):(column(LOW[i]) / per) with lines linestyle edge[i], \
            $edges using ($1 / per_s):(column(HIGH[i]) / per) with lines linestyle (run_ticks > 1 ? edge[i] : top[i]), \
            (given ? burst[i] / per : NaN) with lines linestyle LIMIT
        eval key_clear
    }
}

drawn(i) = buckets == 0 || shown[i]
allowance(i) = size_text(burst[i])." + ".size_text(rate[i])."/tick"
key_x = LEFT_MM
key_y = top_mm + HEAD_MM - 2.5
do for [i = 1:2] {
    if (drawn(i)) {
        eval key_line(line[i], past[i]." ".size_text(total[i]))
        if (two_rows) {
            key_x = LEFT_MM + 42
            eval key_line(limit[i], "its allowance: ".allowance(i))
            key_x = LEFT_MM
            key_y = key_y + 4.5
        }
    }
}
if (given && one_limit && buckets > 0) { eval key_line(LIMIT, "allowance: ".allowance(shown[1] ? 1 : 2)) }
if (!given) { eval key_note("(allowance not given)") }

# Where little passed, the allowance leaves the panel at its top, or the totals would be a line on the axis.
most = max(drawn(1) ? total[1] : 0, drawn(2) ? total[2] : 0)
largest_burst = max(shown[1] ? burst[1] : 0, shown[2] ? burst[2] : 0)
allowed(i, refills) = burst[i] + refills * rate[i]
allowed_at_end(i) = given && shown[i] ? allowed(i, last_tick - first_tick) : 0
largest_allowed = max(allowed_at_end(1), allowed_at_end(2))
ceiling = max(1, most == 0 ? largest_allowed : max(most, min(largest_allowed, max(10 * most, 5 * largest_burst))))
per = size_divisor(ceiling)
set tmargin at screen at_y(top_mm + HEAD_MM + (two_rows ? 4.5 : 0))
set bmargin at screen at_y(top_mm + HEAD_MM + (two_rows ? 4.5 : 0) + PANEL_MM)
set label "passed so far (".size_unit(ceiling).")" at screen at_x(4), graph 0.5 center rotate
set yrange [0 : 1.06 * ceiling / per]
set ytics tic_step(1.06 * ceiling / per)
set xtics format "%.10g"
if (one_tick) { set xtics (sprintf("%.10g", first_s / per_s) first_s / per_s) }
set label "time (".time_unit(end_s).")" at graph 0.5, screen at_y(height_mm - 3.5) center
# The allowance grows at refills. Steps too fine to see are drawn as the line through their lower ends.
stairs = last_tick - first_tick < 60
set samples 2
refills(time) = (time * per_s - first_s) / tick_s
plot 0 with lines linestyle ZERO, \
    for [i = 1:2] $through using ($1 / per_s):(drawn(i) ? column(TOTAL[i]) / per : NaN) with lines linestyle line[i], \
    for [i = 1:2] $through using ($1 / per_s):(stairs && given && shown[i] ? allowed(i, column(TICKS)) / per : NaN) \
        with lines linestyle (two_rows ? limit[i] : LIMIT), \
    for [i = 1:2] (!stairs && given && shown[i] ? allowed(i, refills(x)) / per : NaN) \
        with lines linestyle (two_rows ? limit[i] : LIMIT)
unset multiplot
unset output
