#include "sim/report/report_jain.h"

#include <math.h>
#include <stdio.h>

#include "sim/report/report.h"
#include "sim/report/report_value.h"

/* Whether windows as long as the headline's were measured. */
static bool is_measured(const json_t *fairness, const json_t *headline)
{
    const json_t *scale, *ticks = json_object_get(headline, "window_ticks");
    size_t i;

    json_array_foreach(json_object_get(fairness, "jain"), i, scale)
    {
        if (json_equal(json_object_get(scale, "window_ticks"), ticks))
            return true;
    }
    return false;
}

void report_jain(const json_t *direction, char text[REPORT_JAIN_BYTES])
{
    const json_t *fairness = json_object_get(direction, "fairness");
    const json_t *headline = json_object_get(fairness, "headline");
    double mean = report_number(headline, NULL, "mean");
    double window_s = report_number(headline, NULL, "window_s");
    char window[REPORT_VALUE_BYTES];

    if (isnan(window_s)) {
        snprintf(text, REPORT_JAIN_BYTES, "-");
        return;
    }
    report_seconds(window, window_s);
    if (isnan(mean))
        snprintf(text, REPORT_JAIN_BYTES, "%s over %s",
                 is_measured(fairness, headline) ? "never contended" : "not measured", window);
    else
        snprintf(text, REPORT_JAIN_BYTES, "%.3f over %s, least %.3f", mean, window,
                 report_number(headline, NULL, "min"));
}
