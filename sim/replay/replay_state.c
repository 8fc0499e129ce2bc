#include "sim/replay/replay_state.h"

#include <event2/event.h>

void replay_stop(struct replay *replay, enum replay_end end)
{
    replay->end = end;
    event_base_loopbreak(replay->base);
}

void replay_fail(struct replay *replay, const char *text)
{
    if (replay->end != REPLAY_FAILED)
        sim_fail(replay->failure, SIM_FAILED, "%s", text);
    replay_stop(replay, REPLAY_FAILED);
}
