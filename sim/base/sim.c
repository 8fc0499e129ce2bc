#include "sim/base/sim.h"

#include <stdarg.h>
#include <stdio.h>

#include "traces/trace.h"

void sim_write_error(char *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, SIM_ERROR_BYTES, format, arguments);
    va_end(arguments);
    trace_make_plain(error);
}
