#include "sim/commands/stream_notes.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/config/limits.h"

typedef bool note_writer(const struct flow_source_counts *counts, enum count_mode count,
                         char *text);

/* From 1 % on. */
static bool note_again(const struct flow_source_counts *counts, enum count_mode count, char *text)
{
    uint64_t bytes = counts->retransmitted_bytes + counts->duplicate_bytes;

    if (count != COUNT_STREAM || bytes <= counts->tcp_payload_bytes / 100)
        return false;
    snprintf(text, WARNING_BYTES,
             "%.1f %% of the TCP bytes were sent again (%" PRIu64 ") or captured twice (%" PRIu64
             "), and each byte is replayed once; --count payload replays them all",
             100.0 * (double)bytes / (double)counts->tcp_payload_bytes, counts->retransmitted_bytes,
             counts->duplicate_bytes);
    return true;
}

static bool note_gaps(const struct flow_source_counts *counts, enum count_mode count, char *text)
{
    if (count != COUNT_STREAM || counts->given_up_gaps == 0)
        return false;
    snprintf(text, WARNING_BYTES,
             "%" PRIu64 " gaps in TCP streams were given up, as more than %d were open in one: "
             "bytes that fill them later are not replayed; --count payload replays them all",
             counts->given_up_gaps, TCP_STREAM_RANGES_MAX - 1);
    return true;
}

static bool note_datagrams(const struct flow_source_counts *counts, enum count_mode count,
                           char *text)
{
    (void)count;
    if (counts->duplicate_datagrams == 0)
        return false;
    snprintf(text, WARNING_BYTES,
             "%" PRIu64 " UDP datagrams (%" PRIu64
             " bytes) look captured twice: they are replayed; "
             "leave them out of the capture (editcap -d) if they are no traffic",
             counts->duplicate_datagrams, counts->duplicate_datagram_bytes);
    return true;
}

static bool note_late(const struct flow_source_counts *counts, enum count_mode count, char *text)
{
    (void)count;
    if (counts->late_bytes == 0)
        return false;
    snprintf(text, WARNING_BYTES,
             "%" PRIu64 " TCP packets, with %" PRIu64
             " new bytes, came more than 5 s after their connection had ended, and without a SYN: "
             "they were not replayed",
             counts->skipped[SKIP_LATE], counts->late_bytes);
    return true;
}

bool stream_note(const struct flow_source_counts *counts, enum count_mode count, int index,
                 char *text)
{
    static note_writer *const writers[] = {note_again, note_gaps, note_datagrams, note_late};

    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
        if (writers[i](counts, count, text) && index-- == 0)
            return true;
    return false;
}
