/*
 * Schedulers: which of a group's waiting members is served next, and with how many bytes. Under all
 * of them libevent's group bucket says how many bytes a tick may carry, and is charged for each of
 * them.
 *
 * L is the group's level, m its min-share, w a member's weight.
 *
 *  - LIBEVENT: what rate-limited sockets get. Grants of max(m, L / members) in passes over those
 *    that are ready, starting at a random one; idle members count in the divisor.
 *  - ACTIVE_SHARE: the same, but divided by the number of members that wait.
 *  - SHUFFLE: libevent's shares in a random order, new at each refill.
 *  - ROUND_ROBIN: libevent's shares in an order that continues at a refill where it had stopped.
 *  - DRR: deficit round robin (Shreedhar, Varghese 1995) with a quantum of m * w for each visit. As
 *    bytes can be sent singly, the only deficit is that of a visit that an empty bucket cuts in
 *    two. Two members that wait take turns: over any interval in which both wait throughout
 *    |W_i / w_i - W_j / w_j| <= m.
 *  - SFQ: start-time fair queueing (Goyal, Vin, Cheng 1996) of units of m bytes, the smallest start
 *    tag first: |W_i / w_i - W_j / w_j| <= m / w_i + m / w_j.
 *
 * All but LIBEVENT grant no more than the level, so that no bucket falls below 0, and let groups
 * nest: a group that has a parent is a member of it, served by the parent's scheduler and bucket,
 * and serves its own members from that.
 */
#ifndef SHAPESIM_SHAPER_SCHEDULER_H
#define SHAPESIM_SHAPER_SCHEDULER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shaper_scheduler {
    SHAPER_SCHEDULER_LIBEVENT,
    SHAPER_SCHEDULER_ACTIVE_SHARE,
    SHAPER_SCHEDULER_SHUFFLE,
    SHAPER_SCHEDULER_ROUND_ROBIN,
    SHAPER_SCHEDULER_DRR,
    SHAPER_SCHEDULER_SFQ,
};

#define SHAPER_WEIGHT_MAX 1000000

#ifdef __cplusplus
}
#endif

#endif
