#include "sim/commands/empty_trace.h"

#include <inttypes.h>

#include "sim/base/sim.h"

bool empty_trace(const struct flow_source_counts *counts)
{
    return counts->replayed == 0;
}

static enum skip_reason main_reason(const struct flow_source_counts *counts)
{
    int most = SKIP_NONE + 1;

    for (int reason = most; reason < SKIP_REASONS; reason++)
        if (counts->skipped[reason] > counts->skipped[most])
            most = reason;
    return (enum skip_reason)most;
}

int empty_trace_fail(const struct run_config *config, struct capture *capture,
                     const struct flow_source_counts *counts, bool is_truncated, char *error)
{
    const char *trace = config->trace;

    if (counts->packets == 0 && is_truncated)
        return sim_fail(error, SIM_FAILED,
                        "%s: the capture ends in the middle of its first packet, so there is "
                        "nothing to replay; give a whole one",
                        trace);
    if (counts->packets == 0)
        return sim_fail(error, SIM_FAILED,
                        "%s: the capture has no packets, so there is nothing to replay; give one "
                        "with IP traffic",
                        trace);
    switch (main_reason(counts)) {
    case SKIP_LINK_TYPE:
        return sim_fail(error, SIM_FAILED,
                        "%s: link type %s is not supported, so none of the %" PRIu64
                        " packets can be replayed; convert the capture to Ethernet or raw IP",
                        trace, capture_link_type_name(capture), counts->packets);
    case SKIP_FILTERED:
        return sim_fail(error, SIM_FAILED,
                        "%s: --filter '%s' lets none of the %" PRIu64
                        " packets pass that can be replayed; change it, or leave it out",
                        trace, config->source.filter ? config->source.filter : "", counts->packets);
    case SKIP_CUT:
        return sim_fail(error, SIM_FAILED,
                        "%s: the %" PRIu64 " packets are cut before their ports, so none can be "
                        "replayed; capture with a larger snap length (tcpdump -s 128)",
                        trace, counts->packets);
    default:
        return sim_fail(error, SIM_FAILED,
                        "%s: none of the %" PRIu64 " packets is whole IP (%" PRIu64
                        " not IP, %" PRIu64 " malformed), so there is nothing to replay; give a "
                        "capture with IP traffic",
                        trace, counts->packets, counts->skipped[SKIP_NOT_IP],
                        counts->skipped[SKIP_MALFORMED]);
    }
}
