#include "traces/flow_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include <utlist.h>
#include <xxhash.h>

#include "traces/trace.h"

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes)
#endif

/* Keys come with their hash: uthash's own takes several times as long for 38 bytes. */
#define HASH_KEYCMP(a, b, bytes) keys_differ((a), (b))
/* On allocation failure an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

/* Every packet looks its flow up, so chains are kept shorter than uthash's default. (Not much
 * shorter: the buckets are doubled as long as any chain is above this.) */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

#define KEY_BYTES offsetof(struct flow_key, source_is_low)

/* Captures come from strangers, who must not choose which keys share a bucket: the seed is
 * random. */
static uint64_t hash_seed;

/* Fields that every packet reads are together. */
struct entry {
    struct entry *prev; /* in `open`, the longest idle first, or in `lingering`, the first closed */
    struct entry *next;
    int64_t last_packet_us;
    int64_t closed_us;
    UT_hash_handle hh;
    enum flow_close close;
    bool initiator_is_low;
    bool was_answered_first; /* its first packet was a SYN+ACK: the SYN may still come */
    bool has_syn[2];         /* by direction */
    bool has_carried;        /* payload */
    bool fin_seen[2];
    uint32_t syn_sequence[2];
    struct flow_key key;
    struct flow flow;
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
    while (hash_seed == 0)
        if (getrandom(&hash_seed, sizeof(hash_seed), 0) < 0)
            hash_seed = 1;
    table->idle_timeout_us = idle_timeout_us;
    table->max_flows = max_flows;
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (!table)
        return;
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

static bool keys_differ(const void *a, const void *b)
{
    return memcmp(a, b, KEY_BYTES) != 0; /* a constant length: no call */
}

void flow_key_make(const struct packet_info *info, struct flow_key *key)
{
    int order =
        memcmp(info->source.address, info->destination.address, sizeof(info->source.address));
    if (order == 0)
        order = (int)info->source.port - (int)info->destination.port;

    memset(key, 0, sizeof(*key));
    key->low = order <= 0 ? info->source : info->destination;
    key->high = order <= 0 ? info->destination : info->source;
    key->ip_version = info->ip_version;
    key->protocol = info->protocol;
    key->source_is_low = order <= 0;
    key->hash = (uint32_t)XXH3_64bits_withSeed(key, KEY_BYTES, hash_seed);
}

static enum flow_direction direction_of(const struct entry *entry, bool source_is_low)
{
    return source_is_low == entry->initiator_is_low ? FLOW_FROM_INITIATOR : FLOW_FROM_RESPONDER;
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key,
                             enum flow_direction *direction)
{
    struct entry *entry;

    HASH_FIND_BYHASHVALUE(hh, table->by_key, key, KEY_BYTES, key->hash, entry);
    if (!entry)
        return NULL;
    *direction = direction_of(entry, key->source_is_low);
    return &entry->flow;
}

static bool is_syn(const struct packet_info *info)
{
    return (info->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* A SYN on an open flow is a repeated one, or the other SYN of an opening that began with the
 * SYN+ACK or at both ends at once; any other begins a new connection. */
static bool syn_belongs(const struct entry *entry, uint32_t sequence, enum flow_direction direction)
{
    if (entry->has_syn[direction])
        return entry->syn_sequence[direction] == sequence;
    if (direction == FLOW_FROM_INITIATOR)
        return entry->was_answered_first;
    return entry->has_syn[FLOW_FROM_INITIATOR] && !entry->has_carried;
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
    return entry->close != FLOW_OPEN && info->payload_bytes > 0;
}

bool flow_table_is_full(const struct flow_table *table)
{
    return HASH_COUNT(table->by_key) >= table->max_flows;
}

struct flow *flow_table_open(struct flow_table *table, const struct packet_info *info,
                             const struct flow_key *key, enum flow_direction *direction)
{
    struct entry *entry = take_entry(table);

    if (!entry)
        return NULL;
    bool source_initiates = (info->tcp_flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK);

    entry->key = *key;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, table->by_key, &entry->key, KEY_BYTES, key->hash, entry);
    if (!entry->hh.tbl) {
        give_back(table, entry);
        return NULL;
    }
    entry->initiator_is_low = key->source_is_low == source_initiates;
    entry->was_answered_first = !source_initiates;
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
}

void flow_table_reuse(struct flow_table *table, struct flow *flow)
{
    give_back(table, entry_of(flow));
}
