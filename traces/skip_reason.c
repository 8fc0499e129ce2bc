#include "traces/skip_reason.h"

const char *skip_reason_name(enum skip_reason reason)
{
    switch (reason) {
    case SKIP_NONE:
        return "none";
    case SKIP_LINK_TYPE:
        return "unsupported_link_type";
    case SKIP_NOT_IP:
        return "not_ip";
    case SKIP_CUT:
        return "cut_before_ports";
    case SKIP_MALFORMED:
        return "malformed";
    case SKIP_ENCRYPTED:
        return "encrypted";
    case SKIP_AGGREGATED:
        return "aggregated";
    case SKIP_LINK_FRAGMENT:
        return "link_layer_fragment";
    case SKIP_FILTERED:
        return "filtered";
    case SKIP_MAX_FLOWS:
        return "beyond_max_flows";
    case SKIP_LATE:
        return "late";
    case SKIP_REASONS:
        break;
    }
    return "unknown";
}
