/*
 * Events during a run: limits changed on a live group, buckets charged or credited directly, totals
 * reset, flows that leave a group, join another or get a per-flow limit, and traffic that passes no
 * bufferevent.
 *
 *     --at 2s:group=web,rate=5mbit            bufferevent_rate_limit_group_set_cfg()
 *     --at 3s:group=web,decrement-write=100kB bufferevent_rate_limit_group_decrement_write()
 *     --at 4s:group=web,reset-totals          bufferevent_rate_limit_group_reset_totals()
 *     --at 5s:flow=3,leave                    bufferevent_remove_from_rate_limit_group()
 *     --at 5s:flow=3,join=web                 bufferevent_add_to_rate_limit_group()
 *     --at 5s:flow=3,rate=1mbit,tick=10ms     bufferevent_set_rate_limit(), fresh buckets
 *     --at 5s:flow=3,rate=none                bufferevent_set_rate_limit(NULL)
 *     --at 5s:flow=3,decrement-write=3kB      bufferevent_decrement_write_limit()
 *     --background group=web,write=1mbit      decremented at each tick, just after the refill
 *     --initial-tokens 0|SIZE|tick|burst      the level at the start, in both directions
 *
 * Each event is a row of events.csv with the bucket before and after it and the limit in force from
 * then on (the group's, or the flow's where its per-flow limit or bucket changes); over a group's
 * tick, ticks.csv has start - bytes - sum of (before - after) = end. Events come before the packets
 * of the same microsecond, in the order of the command line.
 */
#ifndef SHAPESIM_SIM_CONFIG_RUN_EVENT_H
#define SHAPESIM_SIM_CONFIG_RUN_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config/limits.h"

#define EVENTS_MAX 256

enum run_event_kind {
    EVENT_SET_LIMIT,
    EVENT_DECREMENT, /* in one direction; a negative number credits */
    EVENT_RESET_TOTALS,
    EVENT_BACKGROUND,
    EVENT_INITIAL_TOKENS,
    EVENT_FLOW_LEAVE, /* from here on: events of one flow */
    EVENT_FLOW_JOIN,  /* group_index is the group that the flow joins */
    EVENT_FLOW_LIMIT,
    EVENT_FLOW_UNLIMIT,
    EVENT_FLOW_DECREMENT, /* of its own bucket; otherwise like the group's */
};

/* Whether it happens to one flow, and not to a group. */
static inline bool run_event_is_of_flow(enum run_event_kind kind)
{
    return kind >= EVENT_FLOW_LEAVE;
}

/* Its name in events.csv, and in --at where that has a word for it. `direction` counts for what
 * happens to one bucket. */
const char *run_event_name(enum run_event_kind kind, enum shaper_direction direction);

/* Whether a name in events.csv is that of an event of this kind, in either direction. Decrements of
 * groups and of flows have the same names: only the latter's rows have a flow. */
bool run_event_is(const char *name, enum run_event_kind kind);

struct run_event {
    int64_t time_us;
    size_t group_index;
    enum run_event_kind kind;
    enum shaper_direction direction;   /* of a decrement */
    int64_t bytes;                     /* of a decrement */
    struct shaper_limit limit;         /* of a new limit, the group's or a flow's own */
    int64_t min_share_bytes;           /* of a group's, as asked for */
    int64_t effective_min_share_bytes; /* as libevent clips it */
    uint64_t flow;                     /* its number, of a flow's event */
};

/* Traffic of one group that passes no bufferevent. */
struct background {
    bool is_given[SHAPER_DIRECTIONS];
    struct rate_value rate[SHAPER_DIRECTIONS];
};

enum initial_tokens_kind { INITIAL_TOKENS_TICK, INITIAL_TOKENS_BURST, INITIAL_TOKENS_SIZE };

struct initial_tokens {
    bool is_given;
    enum initial_tokens_kind kind;
    int64_t bytes;
};

#endif
