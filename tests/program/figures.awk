# The figures of a run of one group "all", worked out anew from its flow_ticks.csv (of every flow)
# by their definitions: all intervals, all windows, no incremental form.
#
#   awk -v ticks=N -v read_rate=R -v write_rate=R -v tick_us=U -v weights=LIST -v named_us=LIST -v what=W \
#       -f figures.awk flow_ticks.csv
#
# W is fairness (the rows of fairness.csv, those of reading first), flows (flow number and the columns of flows.csv from
# read_contended_ticks on) or burst (the group's rows of burst.csv). A rate of 0: no limit. `weights` are FLOW:WEIGHT
# of flows whose weight is not 1, `named_us` the windows of --fairness-window.

BEGIN {
    FS = ","; OFS = ","
    for (i = split(weights, pair, " "); i > 0; i--) { split(pair[i], part, ":"); weight_of[part[1]] = part[2] }
}

NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }

{
    f = $at["flow"]; t = $at["tick"]
    if (!(f in known)) { known[f] = 1; flow[++flows] = f }
    got["read", f, t] = $at["read_bytes"]; got["write", f, t] = $at["written_bytes"]
    left["read", f, t] = $at["read_backlog_bytes"]; left["write", f, t] = $at["write_backlog_bytes"]
}

# S[f, t], O[f, t]: delivered and offered before tick t
function sum_up(d,    i, f, t) {
    for (i = 1; i <= flows; i++) {
        f = flow[i]
        S[f, 0] = O[f, 0] = 0
        for (t = 0; t < ticks; t++) {
            S[f, t + 1] = S[f, t] + got[d, f, t]
            O[f, t + 1] = S[f, t + 1] + left[d, f, t]
            if (O[f, t + 1] < O[f, t]) O[f, t + 1] = O[f, t]
        }
    }
}

function waits(f, t) { return O[f, t + 1] > S[f, t + 1] }

function unit_weight(f) { return f in weight_of ? weight_of[f] : 1 }
function least(a, b) { return a < b ? a : b }

# The level of n demands, per unit of weight: the smallest that is too much for its share of the rest decides.
function level_of(n, demand, weight, capacity,    sorted, i, j, kept, rest) {
    for (i = 1; i <= n; i++) {
        for (j = i - 1; j > 0 && demand[sorted[j]] / weight[sorted[j]] > demand[i] / weight[i]; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = i
        rest += weight[i]
    }
    for (i = 1; i <= n; i++) {
        kept = sorted[i]
        if (demand[kept] / weight[kept] * rest > capacity) return capacity / rest
        capacity -= demand[kept]
        rest -= weight[kept]
    }
    return n ? demand[kept] / weight[kept] : 0
}

function window(d, from, to,    i, f, t, n, demand, weight, bytes, sum, squares, all, limited, level, x) {
    n = all = 0
    for (i = 1; i <= flows; i++) {
        f = flow[i]
        for (t = from; t <= to && !waits(f, t); t++) ;
        if (t > to) continue
        demand[++n] = O[f, to + 1] - S[f, from]
        bytes[n] = S[f, to + 1] - S[f, from]
        weight[n] = unit_weight(f)
        all += bytes[n]
    }
    if (n < 2 || all == 0) return
    level = level_of(n, demand, weight, all)
    for (i = 1; i <= n; i++) {
        x = bytes[i] / least(demand[i], weight[i] * level)
        sum += x; squares += x * x
        if (demand[i] <= weight[i] * level) limited++
    }
    printf "%.6f,%d,all,%s,%d,%d,%d,%d,%.9f,%.6f\n", from * tick_us / 1e6, from, d, to - from + 1, n, limited,
        all, sum * sum / (n * squares), (to - from + 1) * tick_us / 1e6
}

# How many ticks windows are long, from 1 on: is_width[N] is set.
function find_widths(    step, unit, decade, us, i, ticks_of, named) {
    split("1 2 5", step, " ")
    for (unit = 0; unit < 2; unit++)
        for (decade = 1; decade <= 100000; decade *= 10)
            for (i = 1; i <= 3; i++) {
                us = step[i] * decade * (unit ? 1000 : tick_us)
                ticks_of = int((us + tick_us - 1) / tick_us)
                is_width[ticks_of] = 1
            }
    for (i = split(named_us, named, " "); i > 0; i--) is_width[int((named[i] + tick_us - 1) / tick_us)] = 1
}

# One direction after the other.
function print_fairness(    d, s, t) {
    find_widths()
    for (d = 1; d <= 2; d++) {
        sum_up(side[d])
        for (t = 0; t < ticks; t++)
            for (s = 1; s <= t + 1; s++)
                if (s in is_width && (t + 1) % s == 0) window(side[d], t + 1 - s, t)
        window(side[d], 0, ticks - 1)
    }
}

function whole(bytes,    fractions) {
    fractions = int(bytes * 1024 + 0.5)
    return int((fractions + 1023) / 1024)
}

function judge_flows(d,    t, i, f, n, all, count, waiting, demand, weight, level, served, behind, lag) {
    sum_up(side[d])
    for (i = 1; i <= flows; i++) contended[d, i] = contended_bytes[d, i] = lags[d, i] = wfi[d, i] = 0
    for (t = 0; t < ticks; t++) {
        n = all = count = waiting = 0
        for (i = 1; i <= flows; i++) {
            f = flow[i]
            weight[i] = unit_weight(f)
            demand[i] = O[f, t + 1] - served[i]
            all += S[f, t + 1] - S[f, t]
            if (waits(f, t)) { count++; waiting += unit_weight(f); n += S[f, t + 1] - S[f, t] }
        }
        level = level_of(flows, demand, weight, all)
        for (i = 1; i <= flows; i++) {
            f = flow[i]
            served[i] += least(demand[i], weight[i] * level)
            if (!count) served[i] = S[f, t + 1]
            lag = served[i] - S[f, t + 1]
            if (lag > lags[d, i]) lags[d, i] = lag
            if (!waits(f, t)) { behind[i] = 0; continue }
            behind[i] += n * unit_weight(f) / waiting - (S[f, t + 1] - S[f, t])
            if (behind[i] < 0) behind[i] = 0
            if (behind[i] > wfi[d, i]) wfi[d, i] = behind[i]
            if (count >= 2) { contended[d, i]++; contended_bytes[d, i] += S[f, t + 1] - S[f, t] }
        }
    }
}

function print_flows(    d, i) {
    judge_flows(1); judge_flows(2)
    for (i = 1; i <= flows; i++) {
        printf "%d", flow[i]
        for (d = 1; d <= 2; d++)
            printf ",%d,%d,%d,%d", contended[d, i], contended_bytes[d, i], whole(lags[d, i]), whole(wfi[d, i])
        printf "\n"
    }
}

function peak(bytes, w,    s, t, sum, most) {
    for (s = 0; s < ticks; s++) {
        sum = 0
        for (t = s; t < ticks && t < s + w; t++) sum += bytes[t]
        if (sum > most) most = sum
    }
    return most + 0
}

function sigma(bytes, rho,    s, t, sum, most) {
    for (s = 0; s < ticks; s++) {
        sum = 0
        for (t = s; t < ticks; t++) {
            sum += bytes[t]
            if (sum - rho * (t - s) > most) most = sum - rho * (t - s)
        }
    }
    return most + 0
}

function print_stream(d, stream, bytes, rate,    n, i, eighths, rho, last, s, t, sum, ticks_most, most, at_rate) {
    n = split("1 2 4 6 7 8 9 10 12 16 32 64", eighths, " ")
    for (i = 1; i <= n; i++) {
        rho = int(rate * eighths[i] / 8)
        if (rho < 1 || rho == last) continue
        last = rho
        sum = sigma(bytes, rho)
        if (rho == rate) at_rate = sum
        print "all", "", side[d], stream, "sigma", rho, sum
    }
    for (i = 1; i <= 100; i *= 10) print "all", "", side[d], stream, "peak", i, peak(bytes, i)
    for (s = 0; s < ticks; s++) {
        sum = 0
        for (t = s; t < ticks && bytes[t] > 0; t++) {
            sum += bytes[t]
            if (t - s + 1 > ticks_most || (t - s + 1 == ticks_most && sum > most)) {
                ticks_most = t - s + 1; most = sum
            }
        }
    }
    print "all", "", side[d], stream, "longest", ticks_most + 0, most + 0
    if (stream == "delivered" || !rate) return
    split("0 1 10 100", delay, " ")
    for (i = 1; i <= 4; i++) {
        sum = at_rate - rate * delay[i]
        print "all", "", side[d], stream, "burst_for_delay", delay[i], (sum > rate ? sum : rate)
    }
}

function print_bursts(    d, t, i, f, offered, delivered) {
    for (d = 1; d <= 2; d++) {
        sum_up(side[d])
        for (t = 0; t < ticks; t++) {
            offered[t] = delivered[t] = 0
            for (i = 1; i <= flows; i++) {
                f = flow[i]
                offered[t] += O[f, t + 1] - O[f, t]; delivered[t] += S[f, t + 1] - S[f, t]
            }
        }
        print_stream(d, "offered", offered, d == 1 ? read_rate : write_rate)
        print_stream(d, "delivered", delivered, d == 1 ? read_rate : write_rate)
    }
}

END {
    side[1] = "read"; side[2] = "write"
    if (what == "fairness") print_fairness()
    else if (what == "flows") print_flows()
    else print_bursts()
}
