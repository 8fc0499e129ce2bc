/*
 * The figures of a run as they are printed: made once from its outcome, and read by
 * the table, by --json and by summary.json.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_FIGURES_H
#define SHAPESIM_SIM_ACCOUNT_RUN_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/account/outcome.h"

/*
 * What a group did not get in one direction. Percentages are of the trace's bytes:
 *     delivered_percent = 100 * delivered / (offered + unoffered)
 * Example: a trace of 10,000 B of which --max-time cuts off 6000 B, and 1000 B of the other 4000 B
 * wait when it comes: undelivered 1000 B, unoffered 6000 B, delivered 30 %.
 */
struct run_losses {
    uint64_t undelivered_bytes; /* offered less delivered at the end */
    bool knows_unoffered;
    uint64_t unoffered_bytes; /* cut off by --max-time before they were due, or withheld */
    bool has_percent;         /* the trace has such bytes, and how many is known */
    double delivered_percent;
};

struct run_losses run_losses(const struct outcome *outcome, const struct group_totals *group,
                             enum shaper_direction direction);

/* Jain's index over contended windows of the length of fairness_headline(). */
struct run_fairness {
    int64_t window_us; /* 0: fairness was not measured */
    uint64_t windows;  /* contended; 0: there are no figures */
    double mean;
    double least;
};

/* One direction of a group. */
struct run_figures {
    const char *group;
    enum shaper_direction direction;
    uint64_t flows;                   /* of the group */
    const struct shaper_limit *limit; /* NULL: none of the group in this direction */
    const struct unit *rate_unit;     /* in which its rate was typed */
    uint64_t delivered_bytes;
    struct run_losses losses;
    bool has_utilisation;
    double utilisation;                               /* charged bytes as a part of the tokens */
    int64_t delay_p50_us, delay_p99_us, delay_max_us; /* -1: no packet was delivered */
    struct run_fairness fairness;
    bool has_grants; /* measured, and something was delivered */
    double grants_per_mb;
};

/* Charged bytes as a share of the tokens that the group's buckets received. The group has a limit
 * and at least one tick. */
double run_utilisation(const struct group_totals *group, enum shaper_direction direction);

/* Grants for each million bytes delivered: the system calls of a real server. The group was
 * measured and delivered something. */
double run_grants_per_mb(const struct group_totals *group, enum shaper_direction direction);

/* How long after their capture packets were delivered: in open replay their delay. (What was held
 * in closed loop counts its payload packets.) Borrowed from the group. */
const struct delay_histogram *run_behind(const struct run_config *config,
                                         const struct group_totals *group,
                                         enum shaper_direction direction);

/* The longer p99 delay of a group's directions; -1: no packet was delivered. */
int64_t run_longest_delay_p99_us(const struct group_totals *group);

/*
 * Whether a group's delays hide what its clients feel: they are small, as packets are due later,
 * and flows take longer. With p99 of each:
 *
 *     delay <= 2 ticks, in both directions, and
 *     completion > captured completion + max(captured completion / 10, 2 ticks)
 *
 * Example: ticks of 20 ms, a delay of 0.2 ms; flows take 5 s instead of 4 s: yes. With 4.3 s: no.
 */
bool run_completion_outgrows_delay(const struct group_totals *group);

/* Of the outcome's group `index`. What it refers to is borrowed from the outcome. */
struct run_figures run_figures_of(const struct outcome *outcome, size_t index,
                                  enum shaper_direction direction);

#endif
