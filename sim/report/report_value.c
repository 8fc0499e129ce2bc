#include "sim/report/report_value.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

/* No line ends between a number and its unit. */
#define NO_BREAK "\xc2\xa0"

struct prefix {
    double least; /* the first value that it is for */
    double per;
    const char *unit;
};

static const struct prefix byte_prefixes[] = {
    {1e9, 1e9, "GB"}, {1e6, 1e6, "MB"}, {1e3, 1e3, "kB"}, {0, 1, "B"}};
static const struct prefix time_prefixes[] = {{7200, 3600, "h"},  {600, 60, "min"},   {1, 1, "s"},
                                              {1e-3, 1e-3, "ms"}, {1e-9, 1e-6, "us"}, {0, 1, "s"}};

static const char *print(char text[REPORT_VALUE_BYTES], const struct prefix *prefix, double value)
{
    while (fabs(value) < prefix->least)
        prefix++;
    if (isnan(value))
        snprintf(text, REPORT_VALUE_BYTES, "-");
    else if (isinf(value))
        snprintf(text, REPORT_VALUE_BYTES, "never");
    else
        snprintf(text, REPORT_VALUE_BYTES, "%.4g" NO_BREAK "%s", value / prefix->per, prefix->unit);
    return text;
}

const char *report_bytes(char text[REPORT_VALUE_BYTES], double bytes)
{
    return print(text, byte_prefixes, bytes);
}

const char *report_seconds(char text[REPORT_VALUE_BYTES], double seconds)
{
    return print(text, time_prefixes, seconds);
}

const char *report_times(char text[REPORT_VALUE_BYTES], double factor)
{
    if (!isfinite(factor))
        return print(text, time_prefixes, factor);
    snprintf(text, REPORT_VALUE_BYTES, factor < 10 ? "%.2f\xc3\x97" : "%.0f\xc3\x97", factor);
    return text;
}
