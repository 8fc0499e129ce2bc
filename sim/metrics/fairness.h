/*
 * How fair a group of flows was in one direction, tick by tick, in one pass.
 *
 * Time is the group's ticks; a flow *waits* in a tick if it has a backlog at the tick's end. O_i(t)
 * and S_i(t) are the bytes of flow i that were offered and delivered up to the end of tick t,
 * counted from the first tick, 0; W_i(t1, t2) = S_i(t2) - S_i(t1 - 1) is its service in ticks t1 to
 * t2.
 *
 * A flow has the weight w_i that it has to the scheduler, 1 where that knows none. What is fair is
 * what weighted max-min gives (max_min.h): the same to each unit of weight, up to the demand.
 *
 * Jain's index (Jain, Chiu, Hawe 1984) J(w), for windows of w ticks that begin at multiples of w, w
 *   being each of the lengths of window_lengths.h, and for the whole run. The flows that count are
 *   the n that waited in the window. With demand_i = O_i(end) - S_i(start), got_i = W_i and share_i
 *   their weighted max-min share of what they got together, x_i = got_i / share_i and
 *       J = (sum x)^2 / (n * sum x^2),   from 1/n to 1.
 *   Only windows with n >= 2 in which bytes were delivered are counted, and none that the run's end
 *   cuts off. Example: two flows that both want more and get 3000 and 1000 have J = 16 / (2 * 10) =
 *   0.8; if the second wants no more than its 1000, its share is 1000 and J = 1; and so it is if
 * the first has three times the weight of the second. The index of the whole run says nothing of
 * one that drained, in which all got what they wanted.
 *
 * Relative fairness bound (Golestani 1994), see service_gap.h: attained, and a bound, in bytes per
 *   unit of weight. With d_i the bytes that i got in a tick less its fair share of it (below), r_i
 * = max(0, r_i + d_i) is the most that flow i is ahead of the fair share over any interval that
 * ends now, q_i = max(0, q_i - d_i) the most that it is below it; |W_i / w_i - W_j / w_j| <= max
 * over all ticks of the largest r_i / w_i + q_j / w_j of two flows. Where no more than
 *   SERVICE_GAP_SLOTS flows wait at once, the attained value is exact and is the bound.
 *
 * GPS lag (Parekh, Gallager 1993): next to the group a fluid server is computed that delivers in
 *   each tick as much as the group did, to each flow its weighted max-min share; a tick's arrivals
 *   are there from its start. A flow's lag is the largest W_i^GPS - W_i, at any tick's end. As both
 *   are offered the same, that is its backlog less its backlog in the fluid. A flow that ends with
 * a backlog (a connection that broke) leaves with both backlogs.
 *
 * Worst-case fair index (Bennett, Zhang 1996): a flow's fair share of a tick is what the tick's
 *   waiting flows got, times w_i / sum of their weights. A flow's index is the smallest alpha such
 *   that over every interval of ticks in which it waits throughout it gets at least the fair shares
 *   less alpha: the largest q_i.
 *
 * Idle-neighbour bias: a tick is contended if two flows or more wait in it. A flow's long-run
 *   service is its bytes in contended ticks in which it waits, per such tick and unit of weight;
 * the bias is the largest over the smallest. Only flows that contended for a long time count: at
 * least 2^(k-1) ticks, where the longest contended for 2^k or more, but less than 2^(k+1). It is
 * reported with the number of members that did not wait, on average over the contended ticks:
 * libevent releases a group's members starting at a random one, so that a member after idle ones is
 * first more often.
 *
 * Fractions of bytes are kept to 1/1024 and rounded up. Memory: 80 bytes for each flow that carried
 * bytes; for those that did so in two ticks or while others waited 100 more, and 8 for each length
 * (19 lengths where the tick is 1, 2, 5, 10, ... ms, up to 36 otherwise, and those that were
 * named). Flows that waited are kept until the last window with them has ended: beyond
 * FAIRNESS_ENDED_FLOWS_MAX that have ended, the longest windows are given up.
 */
#ifndef SHAPESIM_SIM_METRICS_FAIRNESS_H
#define SHAPESIM_SIM_METRICS_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/metrics/fairness_flows.h"
#include "sim/metrics/jain_window.h"
#include "sim/metrics/window_lengths.h"

struct fairness_result {
    int64_t ticks;
    size_t scale_count;
    struct fairness_scale scales[WINDOW_LENGTHS_MAX]; /* by length */
    struct fairness_scale run;                        /* one window, if it counts */
    uint64_t contended_ticks;
    uint64_t contending_flows;
    uint64_t rfb_attained_bytes; /* both per unit of weight */
    bool rfb_is_partial; /* not all pairs of flows were seen: it is attained by some of them */
    uint64_t rfb_bound_bytes;
    uint64_t gps_lag_max_bytes;
    uint64_t wfi_max_bytes;
    uint64_t long_contending_flows; /* flows over which the bias is taken */
    double service_max;             /* in bytes per contended tick and unit of weight */
    double service_min;
    double idle_members_mean;
};

/* Of one flow; zero for one that never carried bytes. */
struct fairness_flow_result {
    uint64_t contended_ticks;
    uint64_t contended_bytes;
    uint64_t gps_lag_bytes;
    uint64_t wfi_bytes;
};

/* `take_window` is called for each window that counts, in the order in which they end, shorter ones
 * first. The caller owns the result; NULL on allocation failure. */
struct fairness *fairness_new(const struct window_lengths *lengths,
                              fairness_window_callback *take_window, void *arg);
void fairness_free(struct fairness *fairness);

/* The current tick ends; then `ticks` more pass in which nothing happens and no flow waits. */
void fairness_close_tick(struct fairness *fairness, uint64_t members);
void fairness_skip_ticks(struct fairness *fairness, int64_t ticks);

/* After the last tick, before its flows end: reports the window of the whole run. */
void fairness_finish(struct fairness *fairness);

/* NULL gives zeros. */
struct fairness_flow_result fairness_flow_result(const struct fairness_flow *flow);

/* After every flow has ended. */
struct fairness_result fairness_result(const struct fairness *fairness);

/* Whether the windows of length number `index` fit into the run and were not given up. */
bool fairness_is_measured(const struct fairness_result *result, size_t index);

/* J over the windows by which runs are judged where no other length is named: 100 ms, or one tick
 * where that is longer. Without windows where they were not measured. */
struct fairness_scale fairness_headline(const struct fairness_result *result, int64_t tick_us);

/* Memory has run out: the figures are invalid. */
bool fairness_out_of_memory(const struct fairness *fairness);

#endif
