#include "sim/verify/verify.h"

#include <stdlib.h>

#include "shaper/libevent/memory.h"
#include "sim/base/shell_words.h"
#include "sim/verify/tick_totals.h"
#include "sim/verify/verify_application.h"
#include "sim/verify/verify_buckets.h"
#include "sim/verify/verify_burst.h"
#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_delays.h"
#include "sim/verify/verify_demands.h"
#include "sim/verify/verify_exchanges.h"
#include "sim/verify/verify_fairness.h"
#include "sim/verify/verify_files.h"
#include "sim/verify/verify_filters.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_guarantee.h"
#include "sim/verify/verify_members.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_nesting.h"
#include "sim/verify/verify_per_flow_buckets.h"
#include "sim/verify/verify_recomputed.h"
#include "sim/verify/verify_settings.h"
#include "sim/verify/verify_shaped.h"
#include "sim/verify/verify_summary.h"
#include "sim/verify/verify_ticks.h"
#include "traces/file_stream.h"

static void fini(struct verification *verification)
{
    recomputed_free(verification);
    per_flow_free(verification);
    buckets_free(verification);
    tick_totals_free(verification);
    verify_exchanges_free(verification);
    verify_delays_free(verification);
    verify_application_free(verification);
    verify_filters_free(verification);
    charges_free(verification);
    members_free(verification);
    verify_moves_free(verification);
    verify_flows_free(verification);
    guarantee_free(verification);
    nesting_free(verification);
    if (verification->parsed)
        parsed_options_fini(verification->parsed);
    free(verification->parsed);
    shell_words_free(verification->words);
    json_decref(verification->summary);
    free(verification);
}

/* What follows from the command and flows.csv: the bounds for the files of ticks. */
static bool verify_flows_and_bounds(struct verification *verification)
{
    if (!verify_flows(verification) || !verify_moves(verification) || !members_open(verification) ||
        !charges_open(verification) || !verify_filters(verification) ||
        !verify_application(verification) || !verify_exchanges(verification))
        return false;
    charges_sum(verification);
    return tick_totals_open(verification) && buckets_open(verification) &&
           per_flow_open(verification);
}

/* A check that needs a file which the run has not kept. */
static void skip(struct verification *verification, enum check check, const char *files)
{
    char why[SIM_ERROR_BYTES];

    snprintf(why, sizeof(why), "not checked: the run has not kept %s (--files %s)", files,
             run_files_name(verification->run->files));
    check_is_skipped(verification->checks, check, why);
}

static void skip_ticks(struct verification *verification)
{
    static const enum check checks[] = {CHECK_BUCKETS,   CHECK_BUCKET_BOUNDS, CHECK_TOTALS,
                                        CHECK_WINDOWS,   CHECK_FROM_START,    CHECK_TICKS,
                                        CHECK_MEMBERS,   CHECK_FLOW_TICKS,    CHECK_OWN_BUCKETS,
                                        CHECK_GUARANTEE, CHECK_FAIRNESS,      CHECK_BURST};

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        skip(verification, checks[i], "ticks.csv and flow_ticks.csv");
    if (run_config_has_events(verification->run))
        skip(verification, CHECK_EVENTS, "ticks.csv and flow_ticks.csv");
}

static void skip_tables(struct verification *verification)
{
    const struct run_config *run = verification->run;

    skip_ticks(verification);
    skip(verification, CHECK_CONSERVATION, "flows.csv");
    skip(verification, CHECK_RANGES, "flows.csv");
    skip(verification, CHECK_SUMMARY, "flows.csv");
    skip(verification, CHECK_DELAYS, "delays.csv");
    if (run->application.filter_count > 0)
        skip(verification, CHECK_FILTERS, "filters.csv");
    if (application_is_recorded(&run->application))
        skip(verification, CHECK_APPLICATION, "application.csv");
    if (run->exchanges != 0)
        skip(verification, CHECK_EXCHANGES, "exchanges.csv");
    if (run->write_pcap)
        skip(verification, CHECK_SHAPED, "flows.csv");
}

/* In this order, as each part uses results of earlier ones. */
static void verify_tables(struct verification *verification)
{
    if (!verify_flows_and_bounds(verification))
        return;
    if (!verification->has_ticks)
        skip_ticks(verification);
    else if (!verify_ticks(verification))
        return;
    verify_shaped(verification);
    verify_summary(verification);
    if (verification->has_ticks) {
        verify_fairness(verification);
        verify_burst(verification);
    }
    verify_delays(verification);
    verify_demands(verification);
}

static void verify_all(struct verification *verification)
{
    if (!verify_files(verification) || !verify_settings(verification) ||
        !nesting_open(verification) || !guarantee_open(verification))
        return;
    verify_hashes(verification);
    if (verification->run->files != RUN_FILES_SUMMARY) {
        verify_tables(verification);
        return;
    }
    skip_tables(verification);
    verify_demands(verification);
}

/* A check that failed because memory ran out or the disk failed says nothing about the run. */
static void look_for_failures(struct verification *verification)
{
    if (recomputed_out_of_memory(verification) || memory_ran_out())
        sim_fail(verification->error, SIM_FAILED, "%s: out of memory",
                 verification->config->directory);
    else if (file_stream_failure())
        sim_fail(verification->error, SIM_FAILED, "%s", file_stream_failure());
}

int verify_run(const struct verify_config *config, struct checks *checks, char *error)
{
    struct verification *verification = calloc(1, sizeof(*verification));

    error[0] = '\0';
    if (!verification)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", config->directory);
    verification->config = config;
    verification->checks = checks;
    verification->error = error;
    verify_all(verification);
    if (!error[0])
        look_for_failures(verification);
    fini(verification);
    return error[0] ? SIM_FAILED : SIM_OK;
}
