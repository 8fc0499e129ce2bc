#include "shaper/filter.h"

#include <stdio.h>

#include <zlib.h>

/* A header carries its segment's length in its first bytes, at most eight of them. */
static bool header_holds(uint32_t header_bytes, uint32_t segment_bytes)
{
    return header_bytes >= 4 || segment_bytes >> (8 * header_bytes) == 0;
}

static int check_overhead(const struct shaper_filter *filter, char *error)
{
    if (filter->header_bytes == 0 || filter->segment_bytes == 0) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "header and segment must be 1 byte or more, like overhead=40:1460");
        return SHAPER_ERROR_LIMIT;
    }
    if (filter->header_bytes > SHAPER_HEADER_MAX_BYTES) {
        snprintf(error, SHAPER_ERROR_BYTES, "a header has %d bytes at most",
                 SHAPER_HEADER_MAX_BYTES);
        return SHAPER_ERROR_LIMIT;
    }
    if (!header_holds(filter->header_bytes, filter->segment_bytes)) {
        snprintf(error, SHAPER_ERROR_BYTES,
                 "a header of %u bytes cannot carry the length of a segment of %u; use shorter "
                 "segments or a longer header",
                 (unsigned)filter->header_bytes, (unsigned)filter->segment_bytes);
        return SHAPER_ERROR_LIMIT;
    }
    return SHAPER_OK;
}

static int check_hook(const struct shaper_filter_hook *hook, char *error)
{
    if (hook && hook->in && hook->out)
        return SHAPER_OK;
    snprintf(error, SHAPER_ERROR_BYTES, "a hook needs both its callbacks `in` and `out`");
    return SHAPER_ERROR_LIMIT;
}

int shaper_filter_check(const struct shaper_filter *filter, char *error)
{
    switch (filter->kind) {
    case SHAPER_FILTER_OVERHEAD:
        return check_overhead(filter, error);
    case SHAPER_FILTER_DEFLATE:
        if (filter->level >= Z_DEFAULT_COMPRESSION && filter->level <= Z_BEST_COMPRESSION)
            return SHAPER_OK;
        snprintf(error, SHAPER_ERROR_BYTES, "the level must be from 0 to 9");
        return SHAPER_ERROR_LIMIT;
    case SHAPER_FILTER_RATELIMIT:
        return mod_ratelimit_check(&filter->ratelimit, error);
    case SHAPER_FILTER_HOOK:
        return check_hook(filter->hook, error);
    }
    snprintf(error, SHAPER_ERROR_BYTES, "there is no filter of kind %d", (int)filter->kind);
    return SHAPER_ERROR_LIMIT;
}

void shaper_filter_counts_add(struct shaper_filter_counts *sum,
                              const struct shaper_filter_counts *more)
{
    sum->sent_crc32 = (uint32_t)crc32_combine(sum->sent_crc32, more->sent_crc32,
                                              (z_off_t)more->sent_before_bytes);
    sum->received_crc32 = (uint32_t)crc32_combine(sum->received_crc32, more->received_crc32,
                                                  (z_off_t)more->received_after_bytes);
    sum->sent_before_bytes += more->sent_before_bytes;
    sum->sent_after_bytes += more->sent_after_bytes;
    sum->received_before_bytes += more->received_before_bytes;
    sum->received_after_bytes += more->received_after_bytes;
}

const char *shaper_filter_name(enum shaper_filter_kind kind)
{
    switch (kind) {
    case SHAPER_FILTER_OVERHEAD:
        return "overhead";
    case SHAPER_FILTER_DEFLATE:
        return "deflate";
    case SHAPER_FILTER_RATELIMIT:
        return "ratelimit";
    case SHAPER_FILTER_HOOK:
        return "hook";
    }
    return "unknown";
}

const char *shaper_zlib_version(void)
{
    return zlibVersion();
}
