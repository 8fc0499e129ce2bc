#include "sim/base/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define LEAST     20
#define MOST      500
#define OTHERWISE 80

int terminal_columns(int descriptor)
{
    const char *given = getenv("COLUMNS");
    char *end;
    long columns = given ? strtol(given, &end, 10) : 0;
    struct winsize size;

    if (columns <= 0 || *end)
        columns = ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (columns == 0)
        return OTHERWISE;
    return columns < LEAST ? LEAST : columns > MOST ? MOST : (int)columns;
}

const char *terminal_fit(char line[TERMINAL_LINE_BYTES], const char *const *parts, size_t count,
                         int columns)
{
    size_t room = columns < TERMINAL_LINE_BYTES ? (size_t)columns : TERMINAL_LINE_BYTES;
    size_t used = 0;

    line[0] = '\0';
    for (size_t i = 0; i < count && parts[i][0]; i++) {
        const char *before = i > 0 ? ", " : "";
        if (i > 0 && used + strlen(before) + strlen(parts[i]) >= room)
            break;
        snprintf(line + used, room - used, "%s%s", before, parts[i]);
        used = strlen(line);
    }
    return line;
}

const char *terminal_left(char text[TERMINAL_LEFT_BYTES], int64_t elapsed_us, double share)
{
    double left_s = (double)elapsed_us / 1e6 * (1 - share) / share;

    if (share >= 1)
        text[0] = '\0';
    else if (left_s < 120)
        snprintf(text, TERMINAL_LEFT_BYTES, "%.0f s left", left_s);
    else if (left_s < 7200)
        snprintf(text, TERMINAL_LEFT_BYTES, "%.0f min left", left_s / 60);
    else
        snprintf(text, TERMINAL_LEFT_BYTES, "%.1f h left", left_s / 3600);
    return text;
}
