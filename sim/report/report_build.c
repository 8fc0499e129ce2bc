#include "sim/report/report_build.h"

int report_build(struct report *report, const char *directory, char *error)
{
    static int (*const builders[])(struct report *, char *) = {
        report_ticks, report_rates, report_fairness, report_flows, report_sigma, report_delays};
    int status = SIM_OK;

    if (report_is_sweep(directory))
        return report_sweep(report, directory, error);
    for (size_t i = 0; i < sizeof(builders) / sizeof(builders[0]) && status == SIM_OK; i++)
        status = builders[i](report, error);
    return status;
}
