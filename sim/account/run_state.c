#include "sim/account/run_state.h"

#include <stdarg.h>
#include <stdio.h>

#include <event2/event.h>

void run_state_stop(struct run_state *run, enum replay_end end)
{
    run->end = end;
    event_base_loopbreak(run->base);
}

void run_state_fail(struct run_state *run, const char *format, ...)
{
    char text[SIM_ERROR_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (run->end != REPLAY_FAILED)
        sim_write_error(run->failure, "%s", text);
    run_state_stop(run, REPLAY_FAILED);
}
