#include "tests/campaign/packet_list.h"

#include <inttypes.h>
#include <string.h>

#define BYTES_MOST 65495

/* --- random packets -------------------------------------------------------------------------- */

/* How the times and sizes of one trace are chosen. */
struct style {
    int64_t span_us;
    int64_t step_us;   /* times are multiples of it */
    int64_t bytes_max; /* of a packet */
    bool mixes_sizes;
    int direction; /* 0: both, 1: read, 2: write */
    uint32_t flows;
    bool has_udp;
    bool has_flags;
    bool sends_again;
};

static int compare_times(const void *a, const void *b)
{
    const struct packet *x = a, *y = b;

    return (x->us > y->us) - (x->us < y->us);
}

/* Stable by insertion: as few packets as there are. */
static void sort(struct packet_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct packet packet = list->packets[i];
        size_t at = i;
        for (; at > 0 && compare_times(&list->packets[at - 1], &packet) > 0; at--)
            list->packets[at] = list->packets[at - 1];
        list->packets[at] = packet;
    }
}

static struct style random_style(struct rng *rng, int64_t coarse_us)
{
    static const int64_t spans_us[] = {0,      0,       100,     5000,    50000,
                                       300000, 1000000, 3000000, 8000000, 2000000};
    static const int64_t sizes[] = {1,    2,    10,    100,   1000,  1460,      1460,
                                    4096, 4097, 16384, 16385, 40000, BYTES_MOST};
    struct style style = {.span_us = RNG_ONE_OF(rng, spans_us),
                          .bytes_max = RNG_ONE_OF(rng, sizes),
                          .mixes_sizes = rng_one_in(rng, 3),
                          .direction = (int)rng_below(rng, 3),
                          .flows = (uint32_t)rng_from(rng, 1, 6),
                          .has_udp = rng_one_in(rng, 3),
                          .has_flags = !rng_one_in(rng, 3),
                          .sends_again = rng_one_in(rng, 3)};
    const int64_t steps_us[] = {1, 1, coarse_us, coarse_us, 1000, 10000, 1000000};

    style.step_us = RNG_ONE_OF(rng, steps_us);
    if (rng_one_in(rng, 6))
        style.flows = (uint32_t)rng_from(rng, 2, 25);
    if (rng_one_in(rng, 40))
        style.flows = (uint32_t)rng_from(rng, 100, 400);
    return style;
}

static uint32_t random_bytes(struct rng *rng, const struct style *style)
{
    if (style->mixes_sizes && rng_one_in(rng, 2))
        return (uint32_t)rng_from(rng, 0, 20);
    if (rng_one_in(rng, 12))
        return rng_one_in(rng, 4) ? 0 : 1;
    if (rng_one_in(rng, 60))
        return BYTES_MOST;
    return (uint32_t)(rng_one_in(rng, 2) ? style->bytes_max : rng_from(rng, 1, style->bytes_max));
}

static int64_t random_time(struct rng *rng, const struct style *style,
                           const struct packet_list *list)
{
    int64_t us = rng_below(rng, style->span_us + 1) / style->step_us * style->step_us;

    if (list->count > 0 && rng_one_in(rng, 3)) /* at the very instant of another one */
        us = list->packets[rng_below(rng, (int64_t)list->count)].us;
    if (style->step_us > 1 && rng_one_in(rng, 10))
        us += rng_from(rng, -1, 1);
    return us < 0 ? 0 : us;
}

static void add(struct packet_list *list, struct packet packet)
{
    if (list->count < PACKETS_MAX)
        list->packets[list->count++] = packet;
}

/* Closes and new beginnings, most of them at times of packets that are there. */
static void add_random_flags(struct packet_list *list, struct rng *rng, const struct style *style)
{
    size_t closes = (size_t)rng_from(rng, 1, 1 + style->flows);

    for (size_t i = 0; i < closes; i++) {
        struct packet packet = {.us = random_time(rng, style, list),
                                .flow = (uint32_t)rng_below(rng, style->flows),
                                .is_write = rng_one_in(rng, 2),
                                .bytes = rng_one_in(rng, 3) ? random_bytes(rng, style) : 0};
        static const unsigned flags[] = {PACKET_FIN, PACKET_FIN, PACKET_RST, PACKET_SYN};
        packet.flags = RNG_ONE_OF(rng, flags);
        add(list, packet);
        if (packet.flags != PACKET_FIN || rng_one_in(rng, 4))
            continue;
        packet.is_write = !packet.is_write;
        packet.bytes = 0;
        if (rng_one_in(rng, 3))
            packet.us = random_time(rng, style, list);
        add(list, packet);
    }
}

/* All that comes after some packet comes later by a silence. */
static void add_silences(struct packet_list *list, struct rng *rng)
{
    static const int64_t silences_us[] = {200000, 1000000, 1000000, 3000000, 10000000, 30000000};

    for (int n = rng_one_in(rng, 3) ? (int)rng_from(rng, 1, 2) : 0; n > 0; n--) {
        int64_t silence_us = rng_one_in(rng, 20) ? 310000000 : RNG_ONE_OF(rng, silences_us);
        for (size_t i = (size_t)rng_below(rng, (int64_t)list->count); i < list->count; i++)
            list->packets[i].us += silence_us;
    }
}

/* Some segments are sent again, whole or in part, and some leave a gap before them. */
static void random_offsets(struct packet_list *list, struct rng *rng)
{
    for (size_t i = 0; i < list->count; i++) {
        struct packet *packet = &list->packets[i];
        if (packet->flags & PACKET_UDP || !rng_one_in(rng, 3))
            continue;
        if (rng_one_in(rng, 4))
            packet->offset = (int32_t)rng_from(rng, 1, 3000);
        else
            packet->offset =
                -(int32_t)(rng_one_in(rng, 2) ? packet->bytes : rng_from(rng, 1, 3000));
    }
}

void packet_list_random(struct packet_list *list, struct rng *rng, int64_t coarse_us)
{
    const struct style style = random_style(rng, coarse_us);
    size_t count = (size_t)rng_from(rng, 1, rng_one_in(rng, 3) ? 60 : 15);

    if (count < style.flows)
        count = style.flows + (size_t)rng_below(rng, style.flows);
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t flow = i < style.flows && style.flows > 50
                            ? (uint32_t)i
                            : (uint32_t)rng_below(rng, (int64_t)style.flows);
        bool is_write = style.direction == 0 ? rng_one_in(rng, 2) : style.direction == 2;
        add(list, (struct packet){.us = random_time(rng, &style, list),
                                  .flow = flow,
                                  .is_write = is_write,
                                  .bytes = random_bytes(rng, &style)});
    }
    if (style.has_flags)
        add_random_flags(list, rng, &style);
    sort(list);
    add_silences(list, rng);
    for (size_t i = 0; i < list->count && style.has_udp; i++) /* odd flows are UDP */
        if (list->packets[i].flow % 2 == 1)
            list->packets[i].flags = PACKET_UDP;
    if (style.sends_again)
        random_offsets(list, rng);
}

/* --- what it is ------------------------------------------------------------------------------ */

int64_t packet_list_bytes(const struct packet_list *list)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < list->count; i++)
        bytes += list->packets[i].bytes;
    return bytes;
}

bool packet_list_sends_again(const struct packet_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->packets[i].offset < 0)
            return true;
    return false;
}

bool packet_list_may_be_late(const struct packet_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct packet *end = &list->packets[i];
        for (size_t j = i + 1; j < list->count && end->flags & (PACKET_FIN | PACKET_RST); j++)
            if (list->packets[j].flow == end->flow && list->packets[j].us - end->us > 5000000)
                return true;
    }
    return false;
}

int64_t packet_list_span_us(const struct packet_list *list)
{
    return list->count > 0 ? list->packets[list->count - 1].us : 0;
}

size_t packet_list_flows(const struct packet_list *list)
{
    size_t flows = 0;

    for (size_t i = 0; i < list->count; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i && is_new; j++)
            is_new = list->packets[j].flow != list->packets[i].flow;
        flows += is_new;
    }
    return flows;
}

void packet_list_print(const struct packet_list *list, FILE *out, char separator)
{
    static const char letters[] = "FRSU";

    for (size_t i = 0; i < list->count; i++) {
        const struct packet *packet = &list->packets[i];
        fprintf(out, "%s%" PRId64 ",%" PRIu32 ",%c,%" PRIu32 "%s",
                i > 0 ? (char[]){separator, 0} : "", packet->us, packet->flow,
                packet->is_write ? 'w' : 'r', packet->bytes,
                packet->flags || packet->offset ? "," : "");
        for (int bit = 0; letters[bit]; bit++)
            if (packet->flags & 1U << bit)
                putc(letters[bit], out);
        if (packet->offset)
            fprintf(out, "%+" PRId32, packet->offset);
    }
}

bool packet_list_equal(const struct packet_list *a, const struct packet_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct packet *x = &a->packets[i], *y = &b->packets[i];
        if (x->us != y->us || x->flow != y->flow || x->is_write != y->is_write ||
            x->bytes != y->bytes || x->flags != y->flags || x->offset != y->offset)
            return false;
    }
    return true;
}

/* --- shrinking ------------------------------------------------------------------------------- */

static void leave_out(struct packet_list *list, size_t from, size_t count)
{
    if (from + count > list->count)
        count = list->count - from;
    memmove(&list->packets[from], &list->packets[from + count],
            (list->count - from - count) * sizeof(list->packets[0]));
    list->count -= count;
}

/* Chunks of half of the packets, of a quarter, down to each single one; false after the last. */
static bool leave_out_chunk(struct packet_list *list, size_t *step)
{
    for (size_t size = (list->count + 1) / 2; size > 0; size = size == 1 ? 0 : (size + 1) / 2) {
        size_t chunks = (list->count + size - 1) / size;
        if (*step < chunks) {
            leave_out(list, *step * size, size);
            return true;
        }
        *step -= chunks;
    }
    return false;
}

/* One change to every packet at once, or to one packet. */
static void simplify(struct packet *packet, size_t way, int64_t earlier_us)
{
    switch (way) {
    case 0:
        packet->us = 0;
        break;
    case 1:
        packet->us = packet->us / 1000000 * 1000000;
        break;
    case 2:
        packet->us = packet->us / 1000 * 1000;
        break;
    case 3:
        packet->us = earlier_us;
        break;
    case 4:
        packet->bytes = packet->bytes > 1 ? 1 : packet->bytes;
        break;
    case 5:
        packet->bytes /= 2;
        break;
    case 6:
        packet->bytes -= packet->bytes > 1000 ? packet->bytes % 1000 : packet->bytes % 10;
        break;
    case 7:
        packet->flow /= 2;
        break;
    case 8:
        packet->flow -= packet->flow > 0;
        break;
    case 9:
        packet->flags &= (unsigned)PACKET_UDP;
        break;
    case 10:
        packet->flags = 0;
        break;
    case 11:
        packet->is_write = false;
        break;
    case 12:
        packet->bytes -= packet->bytes > 1;
        break;
    case 13:
        packet->offset = 0;
        break;
    }
}

#define WAYS 14

bool packet_list_shrink(const struct packet_list *list, size_t step, struct packet_list *smaller)
{
    *smaller = *list;
    if (leave_out_chunk(smaller, &step))
        return true;
    if (step < WAYS) {
        for (size_t i = 0; i < smaller->count; i++)
            simplify(&smaller->packets[i], step, i > 0 ? smaller->packets[i - 1].us : 0);
        return true;
    }
    step -= WAYS;
    if (step >= WAYS * smaller->count)
        return false;
    size_t at = step / WAYS;
    simplify(&smaller->packets[at], step % WAYS, at > 0 ? smaller->packets[at - 1].us : 0);
    sort(smaller);
    return true;
}
