/*
 * What a checker of a run reads from events.csv: what was charged to buckets, which limits came
 * into force, which flows moved. A run without the file has no events.
 */
#ifndef SHAPESIM_TESTS_PROGRAM_RUN_EVENTS_H
#define SHAPESIM_TESTS_PROGRAM_RUN_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_event_kind {
    RUN_EVENT_LIMIT, /* of a group */
    RUN_EVENT_TAKEN, /* by a decrement, or by background */
    RUN_EVENT_RESET, /* of totals */
    RUN_EVENT_START, /* initial tokens, of a group or a flow */
    RUN_EVENT_LEAVE, /* a flow left `group` */
    RUN_EVENT_JOIN,  /* a flow joined `group` */
    RUN_EVENT_OWN,   /* a flow's per-flow limit changed */
};

/* A row; read before write. */
struct run_event {
    int64_t row, time_us, tick, flow; /* flow 0: it was the group's */
    enum run_event_kind kind;
    char group[64];
    int64_t before[2], after[2], rate[2], burst[2]; /* 0 where the field is empty */
};

/* Reads DIR/events.csv, if there is one; ends the program with what is wrong in it. */
void run_events_read(const char *directory);
void run_events_free(void);

/* All of them, in the order of the file. */
size_t run_events_count(void);
const struct run_event *run_events_at(size_t index);

/* Of one group's tick, flows' events not among them: a run of *count pointers, in the order of the
 * file; NULL if there is none. */
const struct run_event *const *run_events_of_tick(const char *group, int64_t tick, size_t *count);

/* Whether events change the group's buckets: by hand, or their limit. */
bool run_events_disturb(const char *group);

/* Whether the flow changed its group; whether it changed its per-flow limit. */
bool run_events_move(int64_t flow);
bool run_events_change_per_flow(int64_t flow);

/* Whether the flow's own bucket was decremented; by how much from `from_us` until before `to_us`.
 */
bool run_events_decrement(int64_t flow);
int64_t run_events_taken(int64_t flow, int64_t from_us, int64_t to_us, int side);

/* The level at which a flow's per-flow buckets began; NULL: at one tick's worth. */
const struct run_event *run_events_per_flow_start(int64_t flow);

#endif
