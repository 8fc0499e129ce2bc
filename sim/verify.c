#include "sim/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shaper/memory.h"
#include "sim/shell_words.h"
#include "sim/verify_internal.h"
#include "traces/file_stream.h"

const char *const verify_directions[SHAPER_DIRECTIONS] = {"read", "write"};
const char *const verify_byte_columns[SHAPER_DIRECTIONS] = {"read_bytes", "written_bytes"};

void verify_row_fails(struct verification *verification, enum check check,
                      const struct csv_reader *reader, int column, const char *format, ...)
{
    char text[SIM_ERROR_BYTES / 2];
    va_list arguments;

    if (csv_reader_fault(
            reader)) /* fields that could not be read are 0: the fault is told instead */
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check_fails(verification->checks, check, "%s: row %" PRIu64 "%s%s: %s", csv_reader_file(reader),
                csv_reader_row(reader), column >= 0 ? ", " : "",
                csv_reader_column_name(reader, column), text);
}

void verify_equal(struct verification *verification, enum check check,
                  const struct csv_reader *reader, int column, int64_t found, int64_t expected,
                  const char *why)
{
    if (found == expected)
        check_holds(verification->checks, check);
    else
        verify_row_fails(verification, check, reader, column,
                         "%" PRId64 ", but %" PRId64 " expected: %s", found, expected, why);
}

void verify_true(struct verification *verification, enum check check,
                 const struct csv_reader *reader, int column, bool holds, const char *why)
{
    if (holds)
        check_holds(verification->checks, check);
    else
        verify_row_fails(verification, check, reader, column, "'%.60s' does not fit: %s",
                         csv_reader_text(reader, column), why);
}

bool verify_read_well(struct verification *verification, const struct csv_reader *reader)
{
    const char *fault = csv_reader_fault(reader);

    if (!fault)
        return true;
    if (csv_reader_out_of_memory(reader))
        sim_fail(verification->error, SIM_FAILED, "%s", fault);
    else if (!verification->is_broken)
        check_fails(verification->checks, CHECK_FILES, "%s", fault);
    verification->is_broken = true;
    return false;
}

struct verified_group *verify_group(struct verification *verification, const char *name)
{
    for (size_t i = 0; i < verification->group_count; i++)
        if (strcmp(verification->groups[i].name, name) == 0)
            return &verification->groups[i];
    return NULL;
}

struct verified_flow *verify_flow(const struct verification *verification, int64_t number)
{
    struct verified_flow *flow;

    HASH_FIND(hh, verification->flows, &number, sizeof(number), flow);
    return flow;
}

bool verify_close_may_return(enum verified_close close)
{
    return close == VERIFIED_FIN || close == VERIFIED_RST || close == VERIFIED_SYN;
}

int verify_side_column(struct csv_reader *reader, int direction, const char *rest)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_%s", verify_directions[direction], rest);
    return csv_reader_column(reader, name);
}

static void fini(struct verification *verification)
{
    struct verified_flow *flow, *next;

    measures_free(verification);
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
                          class_metrics_out_of_memory(verification->groups[i].metrics);
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
