#include "shaper/schedulers/gate.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shaper/libevent/state.h"

static uint64_t serve(struct gate *gate, uint64_t most_bytes);

/* A level that is not above 0 carries nothing. */
static uint64_t level_of(const struct gate *gate)
{
    int64_t level = gate->is_stopped ? 0 : bucket_level(gate->bucket, gate->direction);

    return level > 0 ? (uint64_t)level : 0;
}

/* --- a gate as a member of its parent ------------------------------------------------------ */

static struct gate *gate_of_above(const struct gate_member *above)
{
    return (struct gate *)((uintptr_t)above - offsetof(struct gate, above));
}

static uint64_t gate_wanted_bytes(const struct gate_member *above)
{
    const struct gate *gate = gate_of_above(above);

    return gate->waiting_count > 0 ? level_of(gate) : 0;
}

static uint64_t gate_grant(struct gate_member *above, uint64_t bytes)
{
    return serve(gate_of_above(above), bytes);
}

/* --- serving ------------------------------------------------------------------------------- */

static void run_serve(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    serve(arg, UINT64_MAX);
}

/* There may be something to grant: the topmost gate serves, when arrivals are in. */
static void want_service(struct gate *gate)
{
    if (gate->is_serving)
        return;
    if (gate->above.gate)
        gate_member_changed(&gate->above);
    else if (gate->waiting_count > 0 && !gate->is_stopped)
        event_active(gate->serve, EV_TIMEOUT, 0);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A channel's group is charged first, so that whoever is told of the bytes finds them taken from
 * the bucket; how many a gate below grants is known only behind it. */
static uint64_t grant_and_charge(struct gate *gate, struct gate_member *member, uint64_t bytes)
{
    if (member->grant != gate_grant) {
        bucket_charge(gate->bucket, gate->direction, bytes);
        return member->grant(member, bytes);
    }
    bytes = member->grant(member, bytes);
    if (bytes > 0) {
        bucket_charge(gate->bucket, gate->direction, bytes);
        bucket_charged_from_below(gate->bucket, gate->direction, bytes);
    }
    return bytes;
}

static uint64_t grant_once(struct gate *gate, uint64_t most_bytes)
{
    uint64_t share, level = level_of(gate);
    struct gate_member *member = gate->ops->next(gate, level, &share);
    uint64_t bytes = min_u64(min_u64(share, level), most_bytes);

    bytes = min_u64(bytes, member->wanted_bytes(member));
    if (bytes > 0)
        bytes = grant_and_charge(gate, member, bytes);
    if (member->is_waiting) {
        gate->ops->served(gate, member, bytes);
        gate_member_changed(member);
    }
    return bytes;
}

/* Grants until the level, the members or the bytes are at their end; returns how many it did. */
static uint64_t serve(struct gate *gate, uint64_t most_bytes)
{
    uint64_t granted = 0;

    gate->is_serving = true;
    while (granted < most_bytes && gate->waiting_count > 0 && level_of(gate) > 0)
        granted += grant_once(gate, most_bytes - granted);
    gate->is_serving = false;
    return granted;
}

/* --- members ------------------------------------------------------------------------------- */

int gate_init(struct gate *gate, struct shaper *shaper, const struct bucket *bucket,
              enum shaper_direction direction)
{
    memset(gate, 0, sizeof(*gate));
    gate->shaper = shaper;
    gate->bucket = bucket;
    gate->direction = direction;
    gate->above.wanted_bytes = gate_wanted_bytes;
    gate->above.grant = gate_grant;
    gate->above.weight = 1;
    TAILQ_INIT(&gate->waiting);
    gate->serve = event_new(shaper->base, -1, 0, run_serve, gate);
    if (!gate->serve)
        return -1;
    event_priority_set(gate->serve, SHAPER_PRIORITY_GRANT);
    return 0;
}

void gate_fini(struct gate *gate)
{
    if (gate->above.gate)
        gate_leave(&gate->above);
    if (gate->serve)
        event_free(gate->serve);
    free(gate->heap);
}

void gate_join(struct gate *gate, struct gate_member *member)
{
    member->gate = gate;
    member->deficit_bytes = 0;
    member->is_visited = false;
    member->start_tag = 0;
    member->tag_rest = 0;
    gate->member_count++;
    gate_member_changed(member);
}

static void stop_waiting(struct gate_member *member)
{
    member->is_waiting = false;
    member->gate->waiting_count--;
    member->gate->ops->ends(member->gate, member);
}

void gate_leave(struct gate_member *member)
{
    struct gate *gate = member->gate;

    if (!gate)
        return;
    if (member->is_waiting)
        stop_waiting(member);
    member->gate = NULL;
    gate->member_count--;
    if (gate->above.gate)
        gate_member_changed(&gate->above);
}

void gate_member_changed(struct gate_member *member)
{
    struct gate *gate = member->gate;
    bool waits = member->wanted_bytes(member) > 0;

    if (waits && !member->is_waiting) {
        member->is_waiting = true;
        gate->waiting_count++;
        if (gate->ops->begins(gate, member) != 0) {
            gate->shaper->is_out_of_memory = true;
            gate->waiting_count--;
            member->is_waiting = false;
        }
    } else if (!waits && member->is_waiting) {
        stop_waiting(member);
    }
    want_service(gate);
}

void gate_stopped(struct gate *gate, bool is_stopped)
{
    bool opens = gate->is_stopped && !is_stopped;

    gate->is_stopped = is_stopped;
    if (opens && gate->ops->opens)
        gate->ops->opens(gate);
    want_service(gate);
}
