#include "sim/verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "shaper/libevent/memory.h"
#include "sim/base/shell_words.h"
#include "sim/verify/verification.h"
#include "traces/file_stream.h"

static void fini(struct verification *verification)
{
    struct verified_flow *flow, *next;

    recomputed_free(verification);
    HASH_ITER (hh, verification->flows, flow, next) {
        HASH_DEL(verification->flows, flow);
        free(flow->metrics.before); /* of one that ended where nothing is measured */
        free(flow);
    }
    for (size_t i = 0; i < verification->group_count; i++) {
        struct verified_group *group = &verification->groups[i];
        free(group->starts_us);
        free(group->ends_us);
        free(group->stay_starts_us);
        free(group->stay_ends_us);
        free(group->watch);
    }
    if (verification->parsed)
        parsed_options_fini(verification->parsed);
    free(verification->parsed);
    shell_words_free(verification->words);
    json_decref(verification->summary);
    free(verification);
}

/* In an order in which what one part learns is there for the next. */
static void verify_all(struct verification *verification)
{
    if (!verify_files(verification) || !verify_settings(verification))
        return;
    verify_hashes(verification);
    if (!verify_flows(verification) || !verify_moves(verification) ||
        !verify_filters(verification) || !verify_application(verification) ||
        !verify_ticks(verification))
        return;
    verify_shaped(verification);
    verify_summary(verification);
    verify_fairness(verification);
    verify_burst(verification);
    verify_demands(verification);
}

/* A check that failed for want of memory, or because the disk failed, says nothing of the run. */
static void look_for_failures(struct verification *verification)
{
    bool figures_failed = false;

    for (size_t i = 0; i < verification->group_count; i++)
        figures_failed |= verification->groups[i].metrics &&
                          group_metrics_out_of_memory(verification->groups[i].metrics);
    if (figures_failed || memory_ran_out())
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
