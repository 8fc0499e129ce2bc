/*
 * Runs channels through a scenario on the virtual clock: steps at their times, and what came of
 * them tick by tick. Used by the tests of channels.
 */
#ifndef SHAPESIM_TESTS_SHAPER_FIXTURE_H
#define SHAPESIM_TESTS_SHAPER_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "shaper/shaper.h"
#include "sim/config/application.h"

#define FLOWS_MAX  100
#define BELOW_MAX  4
#define GRANTS_MAX 4096
#define TICKS_MAX  130
#define TICK_MS    10
#define TICK_US    (TICK_MS * INT64_C(1000))

/* GARBLE: bytes that are no TLS reach the shaped end. TO_GROUP and TO_OWN give it another group or
 * per-flow limit: `bytes` is an enum which. CHARGE_OWN and CREDIT_OWN change its own write bucket.
 * END_READ, END_WRITE: what it offered since the last one is one response. MOVE: the flow leaves
 * its group for group number `bytes`. SET_RATE: the scenario's group carries `bytes` a tick from
 * now on. */
enum step_kind {
    OFFER_READ,
    OFFER_WRITE,
    END_READ,
    END_WRITE,
    CLOSE,
    FREE,
    JOIN,
    GARBLE,
    TO_GROUP,
    TO_OWN,
    CHARGE_OWN,
    CREDIT_OWN,
    MOVE,
    SET_RATE
};
enum which { NO_ONE, THE_FIRST, THE_OTHER };

struct step {
    int64_t at_us;
    enum step_kind kind;
    int flow;
    size_t bytes; /* of an offer */
};

/* The same in both directions; no limit if the rate is 0. */
struct fixture_limit {
    int64_t rate, burst;
    int64_t tick_ms;
};

/* A group in another one. Number 0 is the scenario's own, these are 1, 2, ... */
struct below {
    int64_t rate, burst, min_share;
    uint32_t weight;
    int parent; /* a smaller number */
};

struct scenario {
    int64_t rate, burst; /* of the group, both directions; 0: no group */
    int64_t min_share;
    int64_t per_flow_rate, per_flow_burst; /* of each flow; 0: no per-flow limit */
    int flows;                             /* that are there from the start; others need a JOIN */
    int ticks;                             /* how long it runs */
    const struct step *steps;              /* in the order of time */
    size_t step_count;
    uint64_t seed;            /* of the order of release */
    bool shaped_is_initiator; /* of TLS, as are the next two */
    enum shaper_tls_version tls_version;
    enum shaper_tls_end tls_end;
    const struct shaper_filter *filters;
    size_t filter_count;
    size_t read_high, read_low;
    size_t filter_high;
    enum payload_kind payload; /* what filters see */
    enum shaper_flush flush;
    bool reports_writable; /* into the log */
    bool closes_when_writable;
    size_t write_low;
    int64_t timeout_us[SHAPER_DIRECTIONS];
    bool sums_deliveries;
    struct fixture_limit other; /* of another group, with the same min-share */
    struct fixture_limit other_per_flow;
    enum shaper_scheduler scheduler;
    const uint32_t *weights; /* of the flows; NULL: 1 */
    const struct below *below;
    size_t below_count;
    const int *places; /* each flow's group; NULL: all in 0 */
};

struct grant {
    int flow;
    enum shaper_direction direction;
    uint64_t bytes;
};

struct outcome {
    uint64_t bytes[SHAPER_DIRECTIONS][FLOWS_MAX][TICKS_MAX]; /* delivered */
    uint64_t deliveries[SHAPER_DIRECTIONS][FLOWS_MAX];       /* how many */
    uint64_t charged[SHAPER_DIRECTIONS][FLOWS_MAX][TICKS_MAX];
    uint64_t charges[SHAPER_DIRECTIONS][FLOWS_MAX];    /* how many */
    uint64_t max_charge[SHAPER_DIRECTIONS][FLOWS_MAX]; /* of one of them */
    uint64_t
        max_output; /* seen in any flow's lowest output when it is offered bytes or moves some */
    uint64_t flushed[SHAPER_DIRECTIONS][FLOWS_MAX];
    uint64_t timeouts[SHAPER_DIRECTIONS][FLOWS_MAX];
    /* Of flow 0, when it left, was freed, or at the end; and the bytes offered to it: counted only
     * with filters. */
    struct shaper_filter_counts filters[SHAPER_DIRECTIONS][SHAPER_FILTERS_MAX];
    uint64_t offered[SHAPER_DIRECTIONS];
    uint32_t offered_crc32[SHAPER_DIRECTIONS];
    uint64_t handshake[SHAPER_DIRECTIONS][FLOWS_MAX];     /* of TLS */
    int64_t level[SHAPER_DIRECTIONS][TICKS_MAX];          /* of the group, at each tick's end */
    int64_t per_flow_level[SHAPER_DIRECTIONS][TICKS_MAX]; /* of flow 0, likewise */
    uint64_t backlog[SHAPER_DIRECTIONS][FLOWS_MAX];       /* at the end; closed flows have none */
    uint64_t total[SHAPER_DIRECTIONS];                    /* libevent's, of the group */
    uint64_t other_total[SHAPER_DIRECTIONS];              /* likewise, of the other one */
    uint64_t from_below[SHAPER_DIRECTIONS]; /* the charges of its members that were reported to the
                                             * group */
    int64_t below_level[SHAPER_DIRECTIONS][BELOW_MAX][TICKS_MAX];
    uint64_t below_total[SHAPER_DIRECTIONS][BELOW_MAX];
    struct grant grants[GRANTS_MAX]; /* the first ones, in their order */
    size_t grant_count;
    char log[1024]; /* "0 leaves 5000, 0 is closed 5000, " */
};

/* Runs a scenario to its end and checks with cmocka what must hold of any; frees all it made. */
void fixture_run(const struct scenario *scenario, enum shaper_transport transport,
                 struct outcome *outcome);

/* Bytes of all flows in one tick, of one flow in all ticks. */
uint64_t outcome_tick_sum(const struct outcome *outcome, enum shaper_direction direction, int tick);
uint64_t outcome_flow_sum(const struct outcome *outcome, enum shaper_direction direction, int flow);
uint64_t outcome_charged_sum(const struct outcome *outcome, enum shaper_direction direction,
                             int flow);

/* Every flow offers the same at time 0, the lowest number first. */
void steps_offer_at_once(struct step *steps, int flows, enum step_kind kind, size_t bytes);

#endif
