#include "traces/ended_flows.h"

#include <assert.h>
#include <stdlib.h>

#include <utlist.h>

#include "traces/trace.h"

#define HASH_KEYCMP(a, b, bytes) flow_keys_differ((a), (b))
/* On allocation failure an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

struct ended_flow {
    struct ended_flow *prev; /* the one met longest ago first */
    struct ended_flow *next;
    UT_hash_handle hh;
    struct flow_remains remains;
};

struct ended_flows {
    int64_t idle_timeout_us;
    uint64_t max_flows;
    struct ended_flow *by_key;
    struct ended_flow *by_age;
};

struct ended_flows *ended_flows_new(int64_t idle_timeout_us, uint64_t max_flows)
{
    struct ended_flows *ended = trace_new_cache_aligned(sizeof(*ended));

    if (!ended)
        return NULL;
    ended->idle_timeout_us = idle_timeout_us;
    ended->max_flows = max_flows;
    return ended;
}

static void forget(struct ended_flows *ended, struct ended_flow *flow)
{
    assert(ended->by_key && flow); /* it is in both lists */
    HASH_DEL(ended->by_key, flow);
    DL_DELETE(ended->by_age, flow);
    free(flow);
}

void ended_flows_free(struct ended_flows *ended)
{
    if (!ended)
        return;
    while (ended->by_age)
        forget(ended, ended->by_age);
    free(ended);
}

static bool has_expired(const struct ended_flows *ended, const struct ended_flow *flow,
                        int64_t time_us)
{
    return time_us - flow->remains.last_packet_us > ended->idle_timeout_us;
}

static struct ended_flow *find(struct ended_flows *ended, const struct flow_key *key)
{
    struct ended_flow *flow;

    HASH_FIND_BYHASHVALUE(hh, ended->by_key, key, FLOW_KEY_BYTES, key->hash, flow);
    return flow;
}

int ended_flows_add(struct ended_flows *ended, const struct flow_remains *remains)
{
    const struct flow_key *key = &remains->key;
    struct ended_flow *flow = find(ended, key);

    if (flow)
        forget(ended, flow);
    while (ended->by_age && (HASH_COUNT(ended->by_key) >= ended->max_flows ||
                             has_expired(ended, ended->by_age, remains->last_packet_us)))
        forget(ended, ended->by_age);
    flow = calloc(1, sizeof(*flow));
    if (!flow)
        return -1;
    flow->remains = *remains;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, ended->by_key, &flow->remains.key, FLOW_KEY_BYTES, key->hash,
                                flow);
    if (!flow->hh.tbl) {
        free(flow);
        return -1;
    }
    DL_APPEND(ended->by_age, flow);
    return 0;
}

/* What of the payload is after the next number of end `e`, which it raises. */
static uint32_t take_bytes(struct flow_remains *remains, int e, const struct packet_info *info)
{
    uint32_t end = info->tcp_sequence + info->payload_bytes;
    int32_t more = (int32_t)(end - remains->next[e]);

    if (!info->has_tcp_sequence || info->payload_bytes == 0)
        return info->payload_bytes;
    if (remains->has_next[e] && more <= 0)
        return 0;
    bool has_all = !remains->has_next[e] || (uint32_t)more > info->payload_bytes;
    remains->has_next[e] = true;
    remains->next[e] = end;
    return has_all ? info->payload_bytes : (uint32_t)more;
}

bool ended_flows_take(struct ended_flows *ended, const struct flow_key *key, int64_t time_us,
                      const struct packet_info *info, uint32_t *late_bytes)
{
    struct ended_flow *flow = ended->by_key ? find(ended, key) : NULL;

    if (!flow)
        return false;
    if (info->tcp_flags & TCP_SYN || has_expired(ended, flow, time_us)) {
        forget(ended, flow);
        return false;
    }
    *late_bytes = take_bytes(&flow->remains, key->source_is_low ? 0 : 1, info);
    DL_DELETE(ended->by_age, flow);
    flow->remains.last_packet_us = time_us;
    DL_APPEND(ended->by_age, flow);
    return true;
}
