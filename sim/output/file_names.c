#include "sim/output/file_names.h"

#include <string.h>

/* A CSV file, under either name. */
#define CSV(file, name) [file] = (name), [RUN_COMPRESSED + (file)] = name FILE_COMPRESSED

const char *const run_file_names[RUN_FILES] = {
    CSV(RUN_TICKS, "ticks.csv"),
    CSV(RUN_FLOW_TICKS, "flow_ticks.csv"),
    CSV(RUN_FLOWS, "flows.csv"),
    CSV(RUN_FAIRNESS, "fairness.csv"),
    CSV(RUN_BURST, "burst.csv"),
    CSV(RUN_DELAYS, "delays.csv"),
    CSV(RUN_DELAYS_TIME, "delays_time.csv"),
    CSV(RUN_EVENTS, "events.csv"),
    CSV(RUN_FILTERS, "filters.csv"),
    CSV(RUN_APPLICATION, "application.csv"),
    CSV(RUN_EXCHANGES, "exchanges.csv"),
    [RUN_SHAPED] = SHAPED_CAPTURE_FILE,
    [RUN_SUMMARY] = "summary.json",
    [RUN_ERROR] = ".shapesim.error",
};

const char *const sweep_file_names[SWEEP_FILES] = {
    [SWEEP_SETTINGS] = "sweep.json",          [SWEEP_BY_RUN] = "sweep.csv",
    [SWEEP_BY_SETTING] = "sweep-summary.csv", [SWEEP_BY_FIGURE] = "sweep-long.csv",
    [SWEEP_ADVICE] = "advise.json",           [SWEEP_TRIED] = "advise.csv",
};

bool file_name_is_compressed(const char *name)
{
    size_t length = strlen(name), tail = strlen(FILE_COMPRESSED);

    return length > tail && strcmp(name + length - tail, FILE_COMPRESSED) == 0;
}

/* Those of earlier reports are among them: a report is replaced only if all its files are known. */
static const char *const figure_names[] = {
    "level", "passed",   "backlog",   "rate",    "fairness", "service", "lag",     "burst",
    "delay", "response", "flows",     "compare", "pareto",   "heat",    "jain",    "sigma",
    "sweep", "delays",   "responses", "windows", "rates",    "totals",  "frontier"};

bool figure_name_is_known(const char *name, size_t bytes)
{
    for (size_t i = 0; i < sizeof(figure_names) / sizeof(figure_names[0]); i++)
        if (strlen(figure_names[i]) == bytes && memcmp(figure_names[i], name, bytes) == 0)
            return true;
    return false;
}

bool report_file_is_known(const char *name)
{
    const char *dot = strchr(name, '.');

    if (strcmp(name, REPORT_PAGE) == 0)
        return true;
    return dot && figure_name_is_known(name, (size_t)(dot - name)) &&
           (strcmp(dot, ".svg") == 0 || strcmp(dot, ".png") == 0 || strcmp(dot, ".pdf") == 0 ||
            strcmp(dot, ".txt") == 0);
}

/* Thinned files of the run or sweep, NAME-curves.csv; and NAME-PANEL.csv and NAME-page.gp of
 * earlier reports. */
bool report_data_file_is_known(const char *name)
{
    const char *dash = strchr(name, '-');

    for (size_t i = 0; i < RUN_CSV_FILES; i++)
        if (strcmp(name, run_file_names[i]) == 0)
            return true;
    if (strcmp(name, sweep_file_names[SWEEP_BY_SETTING]) == 0)
        return true;
    if (!dash || !figure_name_is_known(name, (size_t)(dash - name)))
        return false;
    size_t digits = strspn(dash + 1, "0123456789");
    return strcmp(dash, "-page.gp") == 0 || strcmp(dash, "-curves.csv") == 0 ||
           (digits > 0 && strcmp(dash + 1 + digits, ".csv") == 0);
}
