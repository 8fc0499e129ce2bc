#include "traces/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *trace_new_cache_aligned(size_t bytes)
{
    size_t whole_bytes =
        (bytes + CACHE_ALIGNED_BYTES - 1) / CACHE_ALIGNED_BYTES * CACHE_ALIGNED_BYTES;
    void *memory;

    if (posix_memalign(&memory, CACHE_ALIGNED_BYTES, whole_bytes) != 0)
        return NULL;
    return memset(memory, 0, whole_bytes);
}

/* libpcap has no error code for it. */
bool trace_says_no_memory(const char *text)
{
    static const char *const words[] = {"out of memory", "not enough memory", "not enough core"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(text, words[i]))
            return true;
    /* A filter's text may contain the word, but is not at the beginning of libpcap's message. */
    return strncmp(text, "malloc", strlen("malloc")) == 0 || strstr(text, strerror(ENOMEM));
}

/* The number of bytes of the control character at the start of `text`; 0: it starts with none. */
static size_t control_bytes(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
        return 2;
    return at[0] < ' ' || at[0] == 0x7f;
}

void trace_make_plain(char *text)
{
    while (*text) {
        size_t control = control_bytes(text);
        memset(text, '?', control);
        text += control > 0 ? control : 1;
    }
}

void trace_print_plain(FILE *out, int width, const char *text)
{
    int padding = abs(width) - (int)strlen(text);

    if (width > 0 && padding > 0)
        fprintf(out, "%*s", padding, "");
    while (*text) {
        size_t control = control_bytes(text);
        for (size_t i = 0; i < control; i++)
            fputc('?', out);
        if (control == 0)
            fputc(*text, out);
        text += control > 0 ? control : 1;
    }
    if (width < 0 && padding > 0)
        fprintf(out, "%*s", padding, "");
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
