#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>

#include "traces/trace.h"

int sim_fail(char *error, enum sim_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, SIM_ERROR_BYTES, format, arguments);
    va_end(arguments);
    trace_make_plain(error);
    return status;
}
