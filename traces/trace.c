#include "traces/trace.h"

#include <stdarg.h>
#include <stdio.h>

int trace_fail(char *error, enum trace_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, TRACE_ERROR_BYTES, format, arguments);
    va_end(arguments);
    return status;
}
