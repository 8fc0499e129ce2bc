/*
 * The groups of a replay and their ticks. Rows come in the order of time, those of one instant in
 * the order of the groups.
 *
 * Owns the groups. Only the functions here change their ticks; what flows carry changes them by
 * group_state's functions.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_GROUPS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/account/group_state.h"
#include "sim/account/run_state.h"

/* Embedded by value; zeroed, there are no groups. */
struct replay_groups {
    struct run_state *run;                     /* borrowed */
    struct group_state states[GROUPS_MAX + 1]; /* in the config's order; the last one is "-" */
    size_t count;                              /* without "-" */
    uint64_t idle_rows;                        /* of idle ticks, written so far */
};

/* Compiles a filter for the run's trace; `what` names it in the error. The caller frees *filter. */
int replay_compile_filter(const struct run_state *run, const char *what, const char *expression,
                          struct capture_filter **filter, char *error);

/* Takes the config's groups and compiles their match expressions. `run` is borrowed. */
int replay_groups_init(struct replay_groups *groups, struct run_state *run, char *error);

/* Makes their buckets and opens their first ticks; the clock and the shaper must exist. SIM_OK or
 * SIM_FAILED. */
int replay_groups_start(struct replay_groups *groups, char *error);

/* Ends them, each before its parent. */
void replay_groups_fini(struct replay_groups *groups);

/* The group "-", of flows that belong to no other. */
struct group_state *replay_groups_none(struct replay_groups *groups);

/* The group to which a flow belongs by its first packet. */
struct group_state *replay_groups_of(struct replay_groups *groups,
                                     const struct capture_packet *packet);

/* When the next tick ends; CLOCK_NEVER_US if there are none. */
int64_t replay_groups_tick_end_us(const struct replay_groups *groups);

/* Whether nothing is backlogged and every bucket is full: nothing can happen until the next
 * arrival. */
bool replay_groups_are_idle(const struct replay_groups *groups);

/* How many rows of idle ticks there would be if everything is idle until `to_us`. */
uint64_t replay_groups_idle_rows(const struct replay_groups *groups, int64_t to_us);

/* Records the refills of the ticks that have begun. */
void replay_groups_open_ticks(struct replay_groups *groups);

/* Closes all ticks that end at or before that time. */
void replay_groups_close_ticks(struct replay_groups *groups, int64_t to_us);

/* Skips the ticks that end before `to_us`, without rows: everything is idle. */
void replay_groups_skip_ticks(struct replay_groups *groups, int64_t to_us);

/* The latest end of the ticks that have begun; 0 without ticks. */
int64_t replay_groups_last_tick_end_us(const struct replay_groups *groups);

/* The run has ended: closes the ticks in which it ended, and the measurements. */
void replay_groups_finish(struct replay_groups *groups, int64_t end_us);

/* Whether the measurements have run out of memory. */
bool replay_groups_out_of_memory(const struct replay_groups *groups);

#endif
