#include "shaper/mod_ratelimit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERVALS_PER_S  5
#define KIB_BYTES        1024
#define HTTPD_INT_MAX    INT64_C(2147483647)
#define CAPACITY_INITIAL 8

/* Where mod_ratelimit_next() continues. */
enum stage {
    STAGE_IDLE,    /* the filter has returned */
    STAGE_SECTION, /* at the start of a section, limited or at full speed, or of nothing */
    STAGE_LIMITED, /* within a limited section */
    STAGE_REMOVED, /* a brigade for a filter that has been removed */
    STAGE_STUCK,   /* the filter never returns */
};

/*
 * httpd's filter shuffles three brigades. Their order is always that of the stream, so they are one
 * array here: what is being cut or held starts at `head`, the section ends before `section_end`,
 * and what a later section takes follows it.
 */
struct mod_ratelimit {
    enum mod_ratelimit_variant variant;
    uint64_t chunk_bytes;
    uint64_t burst_bytes; /* not spent yet */
    bool is_full_speed;
    bool must_sleep; /* before the next limited piece */
    bool is_removed;
    enum stage stage;
    uint64_t stranded_bytes; /* held by a filter that has been removed */
    struct mod_ratelimit_item *items;
    size_t head, section_end, end, capacity;
    bool is_spinning;          /* nothing has been taken since full speed ended before it began */
    uint64_t spin_burst_bytes; /* the burst at that time */
};

/* How much of the section the next piece takes. */
struct cut {
    size_t end;           /* the first item that is not taken whole */
    uint64_t split_bytes; /* taken from that one */
    uint64_t bytes;       /* in total */
};

/* --- settings ---------------------------------------------------------------------------- */

/* atoi() and a multiplication, in an int that wraps. */
static int64_t httpd_bytes(int64_t kib)
{
    uint32_t wrapped = (uint32_t)(uint64_t)kib * (uint32_t)KIB_BYTES;

    return wrapped > (uint32_t)HTTPD_INT_MAX ? (int64_t)wrapped - (INT64_C(1) << 32)
                                             : (int64_t)wrapped;
}

uint64_t mod_ratelimit_chunk_bytes(const struct mod_ratelimit_config *config)
{
    if (config->rate_kib_per_s < 1 || config->rate_kib_per_s > MOD_RATELIMIT_MAX_KIB)
        return 0;
    return (uint64_t)(config->rate_kib_per_s * KIB_BYTES / INTERVALS_PER_S);
}

static int refuse_wrapped(char *error, const char *what, int64_t kib, const char *unit,
                          const char *consequence)
{
    int64_t bytes = httpd_bytes(kib);

    snprintf(error, SHAPER_ERROR_BYTES,
             "%s of %lld KiB%s is above %lld: mod_ratelimit's int wraps to %lld B%s%s", what,
             (long long)kib, unit, (long long)MOD_RATELIMIT_MAX_KIB, (long long)bytes, unit,
             bytes > 0 ? "" : consequence);
    return SHAPER_ERROR_LIMIT;
}

int mod_ratelimit_check(const struct mod_ratelimit_config *config, char *error)
{
    int64_t rate = config->rate_kib_per_s;
    int64_t burst = config->initial_burst_kib;

    if (config->variant != MOD_RATELIMIT_NAIVE && config->variant != MOD_RATELIMIT_FIXED &&
        config->variant != MOD_RATELIMIT_CORRECTED) {
        snprintf(error, SHAPER_ERROR_BYTES, "there is no variant %d", (int)config->variant);
        return SHAPER_ERROR_LIMIT;
    }
    if (rate < 1) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "rate limit of %lld KiB/s is below 1: mod_ratelimit does not limit then",
                 (long long)rate);
        return SHAPER_ERROR_LIMIT;
    }
    if (rate > MOD_RATELIMIT_MAX_KIB)
        return refuse_wrapped(error, "rate limit", rate, "/s", " and does not limit then");
    if (burst < 0) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "initial burst of %lld KiB is below 0: mod_ratelimit leaves it out",
                 (long long)burst);
        return SHAPER_ERROR_LIMIT;
    }
    if (burst > MOD_RATELIMIT_MAX_KIB)
        return refuse_wrapped(error, "initial burst", burst, "", " and leaves it out");
    if ((int64_t)mod_ratelimit_chunk_bytes(config) + burst * KIB_BYTES > HTTPD_INT_MAX) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "initial burst of %lld bytes and chunk of %lld bytes are above %lld together: "
                 "mod_ratelimit's int overflows and the response fails",
                 (long long)burst * KIB_BYTES, (long long)mod_ratelimit_chunk_bytes(config),
                 (long long)HTTPD_INT_MAX);
        return SHAPER_ERROR_LIMIT;
    }
    return SHAPER_OK;
}

/* --- a response -------------------------------------------------------------------------- */

struct mod_ratelimit *mod_ratelimit_new(const struct mod_ratelimit_config *config)
{
    char error[SHAPER_ERROR_BYTES];

    if (mod_ratelimit_check(config, error) != SHAPER_OK)
        return NULL;
    struct mod_ratelimit *response = calloc(1, sizeof(*response));
    if (!response)
        return NULL;
    response->variant = config->variant;
    response->chunk_bytes = mod_ratelimit_chunk_bytes(config);
    response->burst_bytes = (uint64_t)(config->initial_burst_kib * KIB_BYTES);
    return response;
}

void mod_ratelimit_free(struct mod_ratelimit *response)
{
    if (!response)
        return;
    free(response->items);
    free(response);
}

/* Room for `count` more items after the held ones, which move to the front. 0, or -1 on allocation
 * failure. */
static int reserve(struct mod_ratelimit *response, size_t count)
{
    size_t held = response->end - response->head;
    size_t capacity = response->capacity ? response->capacity : CAPACITY_INITIAL;
    struct mod_ratelimit_item *items;

    if (count > SIZE_MAX / sizeof(*items) / 2 - held)
        return -1;
    while (capacity < held + count)
        capacity *= 2;
    if (capacity > response->capacity) {
        items = realloc(response->items, capacity * sizeof(*items));
        if (!items)
            return -1;
        response->items = items;
        response->capacity = capacity;
    }
    memmove(response->items, response->items + response->head, held * sizeof(*items));
    response->head = 0;
    response->end = held;
    return 0;
}

static void append(struct mod_ratelimit *response, struct mod_ratelimit_item item)
{
    struct mod_ratelimit_item *last =
        response->end > response->head ? &response->items[response->end - 1] : NULL;

    assert(response->items && response->end < response->capacity);
    assert(item.element == MOD_RATELIMIT_DATA || item.bytes == 0);
    /* Where data is cut into buckets makes no difference, unless a bucket is empty: a cut before it
     * leaves a remainder, and httpd then does not wait for more. */
    if (last && item.bytes > 0 && last->bytes > 0)
        last->bytes += item.bytes;
    else
        response->items[response->end++] = item;
}

static bool is_item(const struct mod_ratelimit_item *item)
{
    switch (item->element) {
    case MOD_RATELIMIT_DATA:
        return true;
    case MOD_RATELIMIT_FLUSH:
    case MOD_RATELIMIT_EOS:
    case MOD_RATELIMIT_START:
    case MOD_RATELIMIT_END:
        return item->bytes == 0;
    }
    return false;
}

int mod_ratelimit_give(struct mod_ratelimit *response, const struct mod_ratelimit_item *items,
                       size_t count)
{
    assert(response->stage == STAGE_IDLE || response->stage == STAGE_STUCK);
    if (reserve(response, count)) /* first: a count that cannot be is not looked at */
        return SHAPER_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (!is_item(&items[i]))
            return SHAPER_ERROR_LIMIT;
    for (size_t i = 0; i < count; i++)
        append(response, items[i]);
    if (response->stage == STAGE_STUCK)
        return SHAPER_OK;
    response->stage = response->is_removed ? STAGE_REMOVED : STAGE_SECTION;
    response->section_end = response->head;
    response->is_spinning = false;
    if (response->variant == MOD_RATELIMIT_NAIVE)
        response->must_sleep = false; /* a local variable in httpd */
    return SHAPER_OK;
}

/* Moves the items before a cut into the piece. */
static void take(struct mod_ratelimit *response, struct cut cut, struct mod_ratelimit_piece *piece)
{
    *piece = (struct mod_ratelimit_piece){.bytes = cut.split_bytes};
    for (size_t i = response->head; i < cut.end; i++) {
        piece->bytes += response->items[i].bytes;
        piece->has_eos |= response->items[i].element == MOD_RATELIMIT_EOS;
        piece->is_flushed = response->items[i].element == MOD_RATELIMIT_FLUSH;
    }
    if (cut.split_bytes > 0)
        response->items[cut.end].bytes -= cut.split_bytes;
    if (cut.end > response->head || cut.split_bytes > 0)
        response->is_spinning = false;
    response->head = cut.end;
}

/* The index of the first such marker at or after `i`, or the end. */
static size_t find(const struct mod_ratelimit *response, size_t i,
                   enum mod_ratelimit_element element)
{
    while (i < response->end && response->items[i].element != element)
        i++;
    return i;
}

/* The cut after `want` bytes of the section, before the markers that follow; its end if it has
 * fewer. */
static struct cut cut_at(const struct mod_ratelimit *response, uint64_t want)
{
    struct cut cut = {.end = response->head};

    while (cut.end < response->section_end && cut.bytes < want) {
        uint64_t bytes = response->items[cut.end].bytes;
        if (bytes > want - cut.bytes) {
            cut.split_bytes = want - cut.bytes;
            cut.bytes = want;
        } else {
            cut.bytes += bytes;
            cut.end++;
        }
    }
    return cut;
}

static void spend_burst(struct mod_ratelimit *response, uint64_t bytes)
{
    response->burst_bytes = bytes < response->burst_bytes ? response->burst_bytes - bytes : 0;
}

static void pass_limited(struct mod_ratelimit *response, struct cut cut,
                         struct mod_ratelimit_piece *piece)
{
    take(response, cut, piece);
    piece->is_limited = true;
    piece->sleep_us = response->must_sleep ? MOD_RATELIMIT_INTERVAL_US : 0;
    response->must_sleep = true;
}

/* Always returns a piece. */
static bool next_naive(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece)
{
    struct cut cut = cut_at(response, response->chunk_bytes + response->burst_bytes);

    pass_limited(response, cut, piece);
    piece->is_flushed = true;
    spend_burst(response, cut.bytes);
    return true;
}

/* False: holds the rest of the section. */
static bool next_fixed(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece)
{
    struct cut cut = cut_at(response, response->chunk_bytes + response->burst_bytes);
    enum mod_ratelimit_element last = MOD_RATELIMIT_DATA;

    if (cut.split_bytes == 0) {
        while (cut.end < response->section_end &&
               response->items[cut.end].element != MOD_RATELIMIT_DATA)
            cut.end++;
        last = response->items[cut.end - 1].element;
    }
    if (response->variant == MOD_RATELIMIT_FIXED)
        spend_burst(response, cut.bytes);
    if (last != MOD_RATELIMIT_EOS && last != MOD_RATELIMIT_FLUSH &&
        cut.end == response->section_end)
        return false;
    if (response->variant == MOD_RATELIMIT_CORRECTED)
        spend_burst(response, cut.bytes);
    pass_limited(response, cut, piece);
    if (last == MOD_RATELIMIT_EOS)
        response->is_removed = true;
    else
        piece->is_flushed = true; /* by its own FLUSH, or one that is added */
    return true;
}

static bool next_limited(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece)
{
    return response->variant == MOD_RATELIMIT_NAIVE ? next_naive(response, piece)
                                                    : next_fixed(response, piece);
}

/*
 * False: stuck. httpd looks for the RL_END in the data held before the RL_START, too. One at the
 * very front ends full speed before it begins; the same data is then held again, and unless that
 * spends burst the filter has made no progress.
 */
static bool next_full_speed(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece)
{
    bool is_mended = response->variant == MOD_RATELIMIT_CORRECTED;
    size_t end =
        find(response, is_mended ? response->section_end : response->head, MOD_RATELIMIT_END);

    if (end == response->head) {
        if (response->is_spinning && response->burst_bytes == response->spin_burst_bytes)
            return false;
        response->is_spinning = true;
        response->spin_burst_bytes = response->burst_bytes;
    }
    response->is_full_speed = end == response->end;
    take(response, (struct cut){.end = end}, piece);
    piece->is_flushed = true;
    return true;
}

static void return_to_caller(struct mod_ratelimit *response)
{
    if (response->is_removed) {
        response->stranded_bytes = mod_ratelimit_held_bytes(response);
        response->head = response->end;
    }
    response->stage = STAGE_IDLE;
}

bool mod_ratelimit_next(struct mod_ratelimit *response, struct mod_ratelimit_piece *piece)
{
    for (;;) {
        if (response->head == response->end)
            return_to_caller(response);
        switch (response->stage) {
        case STAGE_IDLE:
        case STAGE_STUCK:
            return false;
        case STAGE_REMOVED:
            take(response, (struct cut){.end = response->end}, piece);
            return true;
        case STAGE_SECTION:
            if (response->is_full_speed) {
                if (next_full_speed(response, piece))
                    return true;
                response->stage = STAGE_STUCK;
                break;
            }
            response->section_end = find(response, response->head, MOD_RATELIMIT_START);
            response->is_full_speed = response->section_end < response->end;
            response->stage = STAGE_LIMITED;
            break;
        case STAGE_LIMITED:
            if (response->head < response->section_end && next_limited(response, piece))
                return true;
            /* Held items pass with a section at full speed, or wait for a brigade. */
            if (response->section_end < response->end)
                response->stage = STAGE_SECTION;
            else
                return_to_caller(response);
            break;
        }
    }
}

uint64_t mod_ratelimit_held_bytes(const struct mod_ratelimit *response)
{
    uint64_t bytes = response->stranded_bytes;

    for (size_t i = response->head; i < response->end; i++)
        bytes += response->items[i].bytes;
    return bytes;
}

uint64_t mod_ratelimit_burst_bytes(const struct mod_ratelimit *response)
{
    return response->burst_bytes;
}

bool mod_ratelimit_is_removed(const struct mod_ratelimit *response)
{
    return response->is_removed;
}

bool mod_ratelimit_is_stuck(const struct mod_ratelimit *response)
{
    return response->stage == STAGE_STUCK;
}
