#include "traces/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *trace_new_apart(size_t bytes)
{
    size_t whole_bytes = (bytes + APART_BYTES - 1) / APART_BYTES * APART_BYTES;
    void *memory;

    if (posix_memalign(&memory, APART_BYTES, whole_bytes) != 0)
        return NULL;
    return memset(memory, 0, whole_bytes);
}

/* libpcap has no code of its own for it. */
bool trace_says_no_memory(const char *text)
{
    static const char *const words[] = {"out of memory", "not enough memory", "not enough core"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(text, words[i]))
            return true;
    /* A filter's text may hold the word, but does not begin what libpcap says. */
    return strncmp(text, "malloc", strlen("malloc")) == 0 || strstr(text, strerror(ENOMEM));
}

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
