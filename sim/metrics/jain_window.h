/* Windows of Jain's index, as fairness.h measures and reports them. */
#ifndef SHAPESIM_SIM_METRICS_JAIN_WINDOW_H
#define SHAPESIM_SIM_METRICS_JAIN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* A window that counts. */
struct fairness_window {
    int64_t start_tick;
    int64_t ticks;
    uint64_t flows;
    uint64_t limited_flows; /* of these, those limited by their demand: it is at most what their
                             * weight gives them of the fair level */
    uint64_t bytes;
    double jain;
};

typedef void fairness_window_callback(void *arg, const struct fairness_window *window);

/* J(w) over all windows of one length. */
struct fairness_scale {
    int64_t ticks;
    bool is_given_up;
    uint64_t windows;
    double jain_sum;
    double jain_min;
};

#endif
