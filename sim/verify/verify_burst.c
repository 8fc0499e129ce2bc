/* burst.csv, checked against ranges: verify_recomputed.c checks it exactly, but not every run has
 * the files for that. */
#include "sim/verify/verify_burst.h"

#include <string.h>

#include "sim/metrics/burst.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

struct burst_pass {
    struct verification *verification;
    struct csv_reader *reader;
    int columns[BURST_COLUMNS];
};

static int find_measure(const char *name)
{
    for (size_t i = 0; i < BURST_MEASURES; i++)
        if (strcmp(name, burst_measure_names[i]) == 0)
            return (int)i;
    return -1;
}

/* The most that the row's bytes can be: all that its stream carried. */
static int64_t most_bytes(const struct verification *v, const struct verified_group *group,
                          const struct verified_flow *flow, bool is_offered, int d)
{
    int64_t bytes = 0;

    if (flow) /* a flow that moves offers its backlog again, in the other group */
        return is_offered || moves_has_moved(v, flow) ? flow->offered_bytes[d]
                                                      : flow->delivered_bytes[d];
    const struct flow_totals *totals = flow_totals_of(v, group);
    if (!moves_touch(v, group))
        return is_offered ? totals->offered_bytes[d] : totals->delivered_bytes[d];
    for (size_t i = 0; i < v->group_count; i++)
        bytes += flow_totals_of(v, &v->groups[i])->offered_bytes[d];
    return bytes * 2 * (int64_t)(moves_count(v) + 1);
}

static void check_bytes(struct burst_pass *pass, const struct verified_group *group, int direction,
                        enum burst_measure measure)
{
    struct verification *v = pass->verification;
    const int *columns = pass->columns;
    struct csv_reader *reader = pass->reader;
    bool is_offered = strcmp(csv_reader_text(reader, columns[BURST_STREAM]),
                             burst_stream_name(BURST_OFFERED)) == 0;
    const struct verified_flow *flow = NULL;
    int64_t x = csv_reader_count(reader, columns[BURST_X]);
    int64_t bytes = csv_reader_count(reader, columns[BURST_BYTES]);

    if (!csv_reader_is_empty(reader, columns[BURST_FLOW])) {
        flow = verify_flow(v, csv_reader_count(reader, columns[BURST_FLOW]));
        verify_true(v, CHECK_BURST, reader, columns[BURST_FLOW], flow && flow->group == group,
                    "a flow of this group in flows.csv");
        if (!flow)
            return;
    }
    if (measure != BURST_FOR_DELAY)
        verify_true(v, CHECK_BURST, reader, columns[BURST_BYTES],
                    bytes <= most_bytes(v, group, flow, is_offered, direction),
                    "no more than the group, or the flow, has in all");
    if (measure == BURST_LONGEST && !v->is_real)
        verify_true(v, CHECK_BURST, reader, columns[BURST_X],
                    x <= v->end_us / group->tick_us + 1 && (x > 0) == (bytes > 0),
                    "no more ticks than the run has, where there are bytes");
}

static bool read_row(struct burst_pass *pass)
{
    struct verification *v = pass->verification;
    struct csv_reader *reader = pass->reader;
    const int *columns = pass->columns;
    const char *stream = csv_reader_text(reader, columns[BURST_STREAM]);
    int measure = find_measure(csv_reader_text(reader, columns[BURST_MEASURE]));
    const struct verified_group *group =
        verify_group(v, csv_reader_text(reader, columns[BURST_GROUP]));
    int direction = verify_read_direction(v, CHECK_BURST, reader, columns[BURST_DIRECTION]);

    verify_true(v, CHECK_BURST, reader, columns[BURST_GROUP], group && group->limits,
                "a group with ticks");
    verify_true(v, CHECK_BURST, reader, columns[BURST_STREAM],
                strcmp(stream, burst_stream_name(BURST_OFFERED)) == 0 ||
                    strcmp(stream, burst_stream_name(BURST_DELIVERED)) == 0,
                "offered or delivered");
    verify_true(v, CHECK_BURST, reader, columns[BURST_MEASURE], measure >= 0, BURST_MEASURES_TEXT);
    if (direction < 0 || measure < 0 || !group || !group->limits)
        return false;
    check_bytes(pass, group, direction, (enum burst_measure)measure);
    return verify_read_well(v, reader);
}

void verify_burst(struct verification *v)
{
    struct burst_pass pass = {.verification = v};
    bool good = true;

    if (!(pass.reader = verify_open(v, run_file_names[RUN_BURST])))
        return;
    csv_table_find_each(&burst_table, pass.reader, pass.columns);
    while (good && csv_reader_next(pass.reader))
        good = read_row(&pass);
    if (verify_read_well(v, pass.reader))
        check_holds(v->checks, CHECK_BURST);
    csv_reader_free(pass.reader);
}
