/* The flows of fairness.h: their bytes, and how long they are kept. */
#ifndef SHAPESIM_SIM_METRICS_FAIRNESS_FLOWS_H
#define SHAPESIM_SIM_METRICS_FAIRNESS_FLOWS_H

#include <stdint.h>

#define FAIRNESS_ENDED_FLOWS_MAX 65536

struct fairness;
struct fairness_flow;
struct history;

/* Bytes of a flow in the current tick. *flow is NULL at first and then belongs to `fairness`, which
 * must outlive its use; nothing else refers to it after fairness_flow_over(). The first call sets
 * its weight to the scheduler; 0 counts as 1. */
void fairness_offered(struct fairness *fairness, struct fairness_flow **flow, uint32_t weight,
                      uint64_t bytes);
void fairness_delivered(struct fairness *fairness, struct fairness_flow **flow, uint32_t weight,
                        uint64_t bytes);

/* The flow has ended. NULL is allowed. */
void fairness_flow_over(struct fairness *fairness, struct fairness_flow *flow);

/* --- for fairness.c and fairness_windows.c --------------------------------------------------- */

/* The flow no longer waits. */
void fairness_stop_waiting(struct fairness *fairness, struct history *history);

/* Frees flows that have ended and last waited before every window that continues. */
void fairness_forget_ended(struct fairness *fairness);

#endif
