#include "sim/advise/advise_report.h"

#include <math.h>

#include "sim/output/advise_table.h"
#include "sim/output/csv.h"
#include "sim/output/file_names.h"

static struct advise_row row_of(const struct advise_result *result,
                                const struct advise_probe *probe)
{
    const struct advise_setting *setting = &probe->setting;
    const struct advise_outcome *outcome = &probe->outcome;

    return (struct advise_row){.rate_bytes_per_s = advise_rate_bytes_per_s(setting),
                               .rate_bytes_per_tick = setting->rate_bytes_per_tick,
                               .burst_bytes = setting->burst_bytes,
                               .tick_us = setting->tick_ms * 1000,
                               .min_share_bytes = setting->min_share_bytes,
                               .holds = outcome->holds,
                               .is_advised = result->is_found &&
                                             advise_setting_equals(setting, &result->best.setting),
                               .has_shortfall = isfinite(outcome->shortfall),
                               .shortfall = outcome->shortfall,
                               .has_grants = !isnan(outcome->grants_per_mb),
                               .grants_per_mb = outcome->grants_per_mb,
                               .response_p99_us = outcome->response_p99_us,
                               .delay_p99_us = outcome->delay_p99_us};
}

int advise_report_write_csv(const struct advise_report *report, struct owned_directory *directory,
                            char *error)
{
    char header[CSV_TABLE_HEADER_BYTES];
    struct csv *csv;

    csv_table_header(&advise_csv_table, header);
    int status = csv_open(directory, sweep_file_names[SWEEP_TRIED], header, &csv, error);
    for (size_t i = 0; i < report->result->probe_count && status == SIM_OK; i++) {
        const struct advise_row row = row_of(report->result, &report->result->probes[i]);
        csv_table_write(&advise_csv_table, &row, csv);
    }
    return status == SIM_OK ? csv_commit(csv, error) : status;
}
