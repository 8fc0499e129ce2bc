# The figures of a run of one group "all", worked out anew from its flow_ticks.csv (of every flow)
# by their definitions: all intervals, all windows, no incremental form.
#
#   awk -v ticks=N -v read_rate=R -v write_rate=R -v tick_us=U -v what=W -f figures.awk flow_ticks.csv
#
# W is fairness (the rows of fairness.csv, those of reading first), flows (flow number and the columns of flows.csv from
# read_contended_ticks on) or burst (the group's rows of burst.csv). A rate of 0: no limit.

BEGIN { FS = ","; OFS = "," }

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

# The level of n demands: the smallest that is too much for an equal share of the rest decides.
function level_of(n, demand, capacity,    sorted, i, j, kept, rest) {
    for (i = 1; i <= n; i++) {
        kept = demand[i]
        for (j = i - 1; j > 0 && sorted[j] > kept; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = kept
    }
    for (i = 1; i <= n; i++) {
        rest = n - i + 1
        if (sorted[i] * rest > capacity) return capacity / rest
        capacity -= sorted[i]
    }
    return n ? sorted[n] : 0
}

function window(d, from, to,    i, f, t, n, demand, bytes, sum, squares, all, limited, level, x) {
    n = all = 0
    for (i = 1; i <= flows; i++) {
        f = flow[i]
        for (t = from; t <= to && !waits(f, t); t++) ;
        if (t > to) continue
        demand[++n] = O[f, to + 1] - S[f, from]
        bytes[n] = S[f, to + 1] - S[f, from]
        all += bytes[n]
    }
    if (n < 2 || all == 0) return
    level = level_of(n, demand, all)
    for (i = 1; i <= n; i++) {
        x = bytes[i] / (demand[i] < level ? demand[i] : level)
        sum += x; squares += x * x
        if (demand[i] <= level) limited++
    }
    printf "%.6f,%d,all,%s,%d,%d,%d,%d,%.9f\n", from * tick_us / 1e6, from, d, to - from + 1, n, limited,
        all, sum * sum / (n * squares)
}

# One direction after the other.
function print_fairness(    d, s, t, width) {
    split("1 2 5 10 20 50 100 200 500 1000 2000 5000 10000", width, " ")
    for (d = 1; d <= 2; d++) {
        sum_up(side[d])
        for (t = 0; t < ticks; t++)
            for (s = 1; s in width; s++)
                if ((t + 1) % width[s] == 0) window(side[d], t + 1 - width[s], t)
        window(side[d], 0, ticks - 1)
    }
}

function whole(bytes,    fractions) {
    fractions = int(bytes * 1024 + 0.5)
    return int((fractions + 1023) / 1024)
}

function judge_flows(d,    t, i, f, n, all, count, demand, level, served, behind, lag) {
    sum_up(side[d])
    for (i = 1; i <= flows; i++) contended[d, i] = contended_bytes[d, i] = lags[d, i] = wfi[d, i] = 0
    for (t = 0; t < ticks; t++) {
        n = all = count = 0
        for (i = 1; i <= flows; i++) {
            f = flow[i]
            demand[i] = O[f, t + 1] - served[i]
            all += S[f, t + 1] - S[f, t]
            if (waits(f, t)) { count++; n += S[f, t + 1] - S[f, t] }
        }
        level = level_of(flows, demand, all)
        for (i = 1; i <= flows; i++) {
            f = flow[i]
            served[i] += demand[i] < level ? demand[i] : level
            if (!count) served[i] = S[f, t + 1]
            lag = served[i] - S[f, t + 1]
            if (lag > lags[d, i]) lags[d, i] = lag
            if (!waits(f, t)) { behind[i] = 0; continue }
            behind[i] += n / count - (S[f, t + 1] - S[f, t])
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
