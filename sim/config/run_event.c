#include "sim/config/run_event.h"

#include <string.h>

const char *run_event_name(enum run_event_kind kind, enum shaper_direction direction)
{
    bool is_read = direction == SHAPER_READ;

    switch (kind) {
    case EVENT_SET_LIMIT:
        return "set-limit";
    case EVENT_DECREMENT:
    case EVENT_FLOW_DECREMENT:
        return is_read ? "decrement-read" : "decrement-write";
    case EVENT_RESET_TOTALS:
        return "reset-totals";
    case EVENT_BACKGROUND:
        return is_read ? "background-read" : "background-write";
    case EVENT_INITIAL_TOKENS:
        return "initial-tokens";
    case EVENT_FLOW_LEAVE:
        return "leave";
    case EVENT_FLOW_JOIN:
        return "join";
    case EVENT_FLOW_LIMIT:
        return "set-own-limit";
    case EVENT_FLOW_UNLIMIT:
        return "remove-own-limit";
    }
    return "unknown";
}

bool run_event_is(const char *name, enum run_event_kind kind)
{
    return strcmp(name, run_event_name(kind, SHAPER_READ)) == 0 ||
           strcmp(name, run_event_name(kind, SHAPER_WRITE)) == 0;
}
