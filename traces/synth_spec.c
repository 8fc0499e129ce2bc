#include "traces/synth_spec.h"

#include <inttypes.h>

#define US_PER_S 1000000

void synth_spec_init(struct synth_spec *spec)
{
    *spec = (struct synth_spec){
        .source = SYNTH_CONSTANT,
        .direction = SYNTH_READ,
        .protocol = SYNTH_TCP,
        .flows = 1,
        .rate_bytes_per_s = 125000,
        .packet_bytes = 1000,
        .duration_us = 10 * US_PER_S,
        .spread_us = 0,
        .on_us = US_PER_S,
        .off_us = US_PER_S,
        .pareto_shape_milli = 1500,
        .snaplen_bytes = 64,
        .seed = 1,
    };
}

static int check_range(const char *what, uint64_t value, uint64_t least, uint64_t most, char *error)
{
    if (value >= least && value <= most)
        return TRACE_OK;
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s must be from %" PRIu64 " to %" PRIu64 ", not %" PRIu64, what, least, most,
                      value);
}

int synth_spec_check(const struct synth_spec *spec, char *error)
{
    uint64_t snaplen_min =
        spec->protocol == SYNTH_TCP ? SYNTH_TCP_SNAPLEN_MIN : SYNTH_UDP_SNAPLEN_MIN;
    int status = check_range("the number of flows", spec->flows, 1, SYNTH_FLOWS_MAX, error);

    if (status == TRACE_OK)
        status = check_range("the rate in bytes per second", spec->rate_bytes_per_s, 1,
                             SYNTH_RATE_BYTES_PER_S_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the packet size in bytes", spec->packet_bytes, 1,
                             SYNTH_PACKET_BYTES_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the duration in microseconds", spec->duration_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the spread of starts in microseconds", spec->spread_us, 0,
                             spec->duration_us, error);
    if (status == TRACE_OK)
        status = check_range("the snapshot length in bytes", spec->snaplen_bytes, snaplen_min,
                             SYNTH_SNAPLEN_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_ON_OFF)
        status = check_range("the mean on period in microseconds", spec->on_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_ON_OFF)
        status = check_range("the mean off period in microseconds", spec->off_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_PARETO && spec->pareto_shape_milli <= 1000)
        status = trace_fail(error, TRACE_ERROR_FORMAT,
                            "the Pareto shape must be above 1, not %" PRIu32 ".%03" PRIu32
                            ": at 1 or below the gaps have no mean",
                            spec->pareto_shape_milli / 1000, spec->pareto_shape_milli % 1000);
    return status;
}
