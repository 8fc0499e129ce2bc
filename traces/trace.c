#include "traces/trace.h"

#include <stdarg.h>
#include <stdio.h>

void trace_make_plain(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

int trace_fail(char *error, enum trace_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, TRACE_ERROR_BYTES, format, arguments);
    va_end(arguments);
    trace_make_plain(error);
    return status;
}
