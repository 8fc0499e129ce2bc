#include "traces/flow_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "traces/trace.h"

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes)
#endif

/* Keys come with their hash: uthash's own takes several times as long for 38 bytes. */
#define HASH_KEYCMP(a, b, bytes) flow_keys_differ((a), (b))
/* On allocation failure an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

/* Every packet looks its flow up, so chains are kept shorter than uthash's default. (Not much
 * shorter: the buckets are doubled as long as any chain is above this.) */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

/* Fields that every packet reads are together. */
struct entry {
    struct entry *prev; /* in `open`, the longest idle first, or in `lingering`, the first closed */
    struct entry *next;
    int64_t last_packet_us;
    UT_hash_handle hh;
    struct flow_key key;
    enum flow_close close;
    bool initiator_is_low;
    bool was_answered_first; /* its first packet was a SYN+ACK: the SYN may still come */
    bool has_syn[2];         /* by direction, likewise: */
    bool has_answer[2];      /* a SYN+ACK */
    bool fin_seen[2];
    bool has_carried; /* payload */
    struct tcp_stream streams[2];
    uint32_t syn_sequence[2];
    uint32_t answer_sequence;
    struct flow flow;
    int64_t closed_us;
};

#define PAGE_ENTRIES 32

/* Entries are allocated in pages: few allocations, and slots are dense. */
struct page {
    struct entry entries[PAGE_ENTRIES];
    struct page *next;
};

struct flow_table {
    int64_t idle_timeout_us;
    uint64_t max_flows;
    uint64_t flows;
    struct entry *by_key; /* in the order of opening */
    struct entry *open;
    struct entry *lingering;
    struct page *pages;
    uint32_t slots;       /* in all of them */
    struct entry *unused; /* by `next` */
};

const char *flow_close_name(enum flow_close close)
{
    switch (close) {
    case FLOW_OPEN:
        return "open";
    case FLOW_CLOSED_FIN:
        return "fin";
    case FLOW_CLOSED_RST:
        return "rst";
    case FLOW_CLOSED_SYN:
        return "syn";
    case FLOW_CLOSED_IDLE:
        return "idle";
    case FLOW_CLOSED_END:
        return "end";
    }
    return "unknown";
}

struct flow_table *flow_table_new(int64_t idle_timeout_us, uint64_t max_flows)
{
    struct flow_table *table = trace_new_cache_aligned(sizeof(*table));

    if (!table)
        return NULL;
    flow_key_seed();
    table->idle_timeout_us = idle_timeout_us;
    table->max_flows = max_flows;
    return table;
}

static void free_streams(struct entry *entry)
{
    tcp_stream_fini(&entry->streams[0]);
    tcp_stream_fini(&entry->streams[1]);
}

void flow_table_free(struct flow_table *table)
{
    if (!table)
        return;
    for (struct entry *entry = table->by_key; entry; entry = entry->hh.next)
        free_streams(entry);
    HASH_CLEAR(hh, table->by_key);
    for (struct page *page = table->pages, *next; page; page = next) {
        next = page->next;
        free(page);
    }
    free(table);
}

/* Makes the address sanitizer report any use of such a flow. */
static void give_back(struct flow_table *table, struct entry *entry)
{
    entry->next = table->unused;
    table->unused = entry;
    ASAN_POISON_MEMORY_REGION(&entry->flow, sizeof(entry->flow));
}

static int add_page(struct flow_table *table)
{
    struct page *page = trace_new_cache_aligned(sizeof(*page));

    if (!page)
        return -1;
    page->next = table->pages;
    table->pages = page;
    for (uint32_t i = PAGE_ENTRIES; i-- > 0;) {
        page->entries[i].flow.slot = table->slots + i;
        give_back(table, &page->entries[i]);
    }
    table->slots += PAGE_ENTRIES;
    return 0;
}

/* Zeroed except for its slot; NULL on allocation failure. */
static struct entry *take_entry(struct flow_table *table)
{
    if (!table->unused && add_page(table) != 0)
        return NULL;
    struct entry *entry = table->unused;
    table->unused = entry->next;
    ASAN_UNPOISON_MEMORY_REGION(&entry->flow, sizeof(entry->flow));
    *entry = (struct entry){.flow = {.slot = entry->flow.slot}};
    return entry;
}

static struct entry *entry_of(const struct flow *flow)
{
    return (struct entry *)((uintptr_t)flow - offsetof(struct entry, flow));
}

static enum flow_direction direction_of(const struct entry *entry, bool source_is_low)
{
    return source_is_low == entry->initiator_is_low ? FLOW_FROM_INITIATOR : FLOW_FROM_RESPONDER;
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key,
                             enum flow_direction *direction)
{
    struct entry *entry;

    HASH_FIND_BYHASHVALUE(hh, table->by_key, key, FLOW_KEY_BYTES, key->hash, entry);
    if (!entry)
        return NULL;
    *direction = direction_of(entry, key->source_is_low);
    return &entry->flow;
}

static bool is_syn(const struct packet_info *info)
{
    return (info->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static bool is_answer(const struct packet_info *info)
{
    return (info->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

/* A SYN on an open flow is a repeated one, or the other SYN of an opening that began with the
 * SYN+ACK or at both ends at once; any other begins a new connection. */
static bool syn_belongs(const struct entry *entry, uint32_t sequence, enum flow_direction direction)
{
    if (entry->has_syn[direction])
        return entry->syn_sequence[direction] == sequence;
    if (entry->was_answered_first)
        return entry->has_answer[!direction];
    return entry->has_syn[!direction] && !entry->has_carried;
}

/* A SYN+ACK after the end is a repeated one, or the first if nothing came from there; any other
 * answers a SYN that was not captured. */
static bool answer_belongs(const struct entry *entry, uint32_t sequence,
                           enum flow_direction direction)
{
    uint32_t next;

    if (entry->has_answer[direction])
        return entry->answer_sequence == sequence;
    return !tcp_stream_next(&entry->streams[direction], &next);
}

bool flow_is_open(const struct flow *flow)
{
    return entry_of(flow)->close == FLOW_OPEN;
}

bool flow_starts_anew(const struct flow *flow, const struct packet_info *info,
                      enum flow_direction direction)
{
    const struct entry *entry = entry_of(flow);

    if (is_syn(info))
        return entry->close != FLOW_OPEN || !syn_belongs(entry, info->tcp_sequence, direction);
    return entry->close != FLOW_OPEN && is_answer(info) &&
           !answer_belongs(entry, info->tcp_sequence, direction);
}

bool flow_table_is_full(const struct flow_table *table)
{
    return HASH_COUNT(table->by_key) >= table->max_flows;
}

struct flow *flow_table_open(struct flow_table *table, const struct packet_info *info,
                             const struct flow_key *key, bool source_initiates,
                             enum flow_direction *direction)
{
    struct entry *entry = take_entry(table);

    if (!entry)
        return NULL;
    entry->key = *key;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, table->by_key, &entry->key, FLOW_KEY_BYTES, key->hash, entry);
    if (!entry->hh.tbl) {
        give_back(table, entry);
        return NULL;
    }
    entry->initiator_is_low = key->source_is_low == source_initiates;
    entry->was_answered_first = is_answer(info);
    entry->flow.number = ++table->flows;
    entry->flow.ip_version = info->ip_version;
    entry->flow.protocol = info->protocol;
    entry->flow.initiator = source_initiates ? info->source : info->destination;
    entry->flow.responder = source_initiates ? info->destination : info->source;
    DL_APPEND(table->open, entry);
    *direction = direction_of(entry, key->source_is_low);
    return &entry->flow;
}

enum flow_close flow_table_touch(struct flow_table *table, struct flow *flow, int64_t time_us,
                                 const struct packet_info *info, enum flow_direction direction)
{
    struct entry *entry = entry_of(flow);

    entry->last_packet_us = time_us;
    entry->has_carried |= info->payload_bytes > 0;
    if (is_syn(info)) {
        entry->has_syn[direction] = true;
        entry->syn_sequence[direction] = info->tcp_sequence;
    }
    if (is_answer(info)) {
        entry->has_answer[direction] = true;
        entry->answer_sequence = info->tcp_sequence;
    }
    if (entry->close != FLOW_OPEN)
        return FLOW_OPEN;             /* it lingers: already closed */
    if (table->open->prev != entry) { /* utlist: the head's prev is the tail */
        DL_DELETE(table->open, entry);
        DL_APPEND(table->open, entry);
    }
    if (info->tcp_flags & TCP_RST)
        return FLOW_CLOSED_RST;
    if (info->tcp_flags & TCP_FIN)
        entry->fin_seen[direction] = true;
    return entry->fin_seen[0] && entry->fin_seen[1] ? FLOW_CLOSED_FIN : FLOW_OPEN;
}

void flow_table_close(struct flow_table *table, struct flow *flow, int64_t time_us,
                      enum flow_close how)
{
    struct entry *entry = entry_of(flow);

    entry->close = how;
    entry->closed_us = time_us;
    DL_DELETE(table->open, entry);
    DL_APPEND(table->lingering, entry);
}

struct flow *flow_table_idle_longest(struct flow_table *table, int64_t *idle_until_us)
{
    if (!table->open)
        return NULL;
    if (__builtin_add_overflow(table->open->last_packet_us, table->idle_timeout_us, idle_until_us))
        *idle_until_us = INT64_MAX;
    return &table->open->flow;
}

struct flow *flow_table_lingered(struct flow_table *table, int64_t time_us)
{
    struct entry *entry = table->lingering;

    return entry && entry->closed_us + FLOW_LINGER_US < time_us ? &entry->flow : NULL;
}

struct flow *flow_table_lingering(struct flow_table *table)
{
    return table->lingering ? &table->lingering->flow : NULL;
}

struct flow *flow_table_first(struct flow_table *table)
{
    return table->by_key ? &table->by_key->flow : NULL;
}

void flow_table_forget(struct flow_table *table, struct flow *flow)
{
    struct entry *entry = entry_of(flow);

    DL_DELETE(table->lingering, entry);
    HASH_DEL(table->by_key, entry);
    free_streams(entry);
}

struct tcp_stream *flow_stream(struct flow *flow, enum flow_direction direction)
{
    return &entry_of(flow)->streams[direction];
}

bool flow_remains(const struct flow *flow, struct flow_remains *remains)
{
    const struct entry *entry = entry_of(flow);

    if (flow->protocol != PROTOCOL_TCP ||
        (entry->close != FLOW_CLOSED_FIN && entry->close != FLOW_CLOSED_RST))
        return false;
    remains->key = entry->key;
    remains->last_packet_us = entry->last_packet_us;
    for (int d = 0; d < 2; d++) {
        /* by end: the lower one first */
        const struct tcp_stream *stream = &entry->streams[entry->initiator_is_low ? d : 1 - d];
        remains->has_next[d] = tcp_stream_next(stream, &remains->next[d]);
    }
    return true;
}

void flow_table_reuse(struct flow_table *table, struct flow *flow)
{
    give_back(table, entry_of(flow));
}
