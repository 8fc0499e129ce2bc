#include "sim/verify/verify_tls.h"

#include "shaper/channel.h"
#include "shaper/limit.h"

/* The largest packet that a capture may hold. */
#define PACKET_MAX_BYTES (256 * 1024)

int64_t verify_tls_handshake_bytes(const struct run_config *run)
{
    return shaper_tls_lengths(run->tls_version)->server_handshake_bytes;
}

int64_t verify_tls_write_bytes(const struct run_config *run)
{
    int64_t record_bytes =
        SHAPER_RECORD_MAX_BYTES + shaper_tls_lengths(run->tls_version)->record_overhead_bytes;
    int64_t bytes = run->application.filter_count > 0 ? PACKET_MAX_BYTES : 0;

    for (size_t i = 0; i < run->application.filter_count; i++) {
        const struct shaper_filter *filter = &run->application.filters[i];
        if (filter->kind == SHAPER_FILTER_RATELIMIT)
            bytes += (int64_t)mod_ratelimit_chunk_bytes(&filter->ratelimit) +
                     1024 * filter->ratelimit.initial_burst_kib;
        if (filter->kind == SHAPER_FILTER_OVERHEAD)
            bytes += (bytes / filter->segment_bytes + 1) * filter->header_bytes;
    }
    return bytes > record_bytes ? 2 * bytes : record_bytes;
}
