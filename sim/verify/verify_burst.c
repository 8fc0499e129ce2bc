/* burst.csv, checked against ranges: verify_recomputed.c checks it exactly, but not every run has
 * the files for that. */
#include "sim/verify/verify_burst.h"

#include <string.h>

#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

enum burst_measure { BURST_SIGMA, BURST_PEAK, BURST_LONGEST, BURST_FOR_DELAY };

static const char *const measure_names[] = {[BURST_SIGMA] = "sigma",
                                            [BURST_PEAK] = "peak",
                                            [BURST_LONGEST] = "longest",
                                            [BURST_FOR_DELAY] = "burst_for_delay"};

#define MEASURES (sizeof(measure_names) / sizeof(measure_names[0]))

struct burst_columns {
    int group, flow, direction, stream, measure, x, bytes;
};

struct burst_pass {
    struct verification *verification;
    struct csv_reader *reader;
    struct burst_columns columns;
};

static int find_measure(const char *name)
{
    for (size_t i = 0; i < MEASURES; i++)
        if (strcmp(name, measure_names[i]) == 0)
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
    const struct burst_columns *columns = &pass->columns;
    struct csv_reader *reader = pass->reader;
    bool is_offered =
        strcmp(csv_reader_text(reader, columns->stream), burst_stream_name(BURST_OFFERED)) == 0;
    const struct verified_flow *flow = NULL;
    int64_t x = csv_reader_count(reader, columns->x);
    int64_t bytes = csv_reader_count(reader, columns->bytes);

    if (!csv_reader_is_empty(reader, columns->flow)) {
        flow = verify_flow(v, csv_reader_count(reader, columns->flow));
        verify_true(v, CHECK_BURST, reader, columns->flow, flow && flow->group == group,
                    "a flow of this group in flows.csv");
        if (!flow)
            return;
    }
    if (measure != BURST_FOR_DELAY)
        verify_true(v, CHECK_BURST, reader, columns->bytes,
                    bytes <= most_bytes(v, group, flow, is_offered, direction),
                    "no more than the group, or the flow, has in all");
    if (measure == BURST_LONGEST && !v->is_real)
        verify_true(v, CHECK_BURST, reader, columns->x,
                    x <= v->end_us / group->tick_us + 1 && (x > 0) == (bytes > 0),
                    "no more ticks than the run has, where there are bytes");
}

static bool read_row(struct burst_pass *pass)
{
    struct verification *v = pass->verification;
    struct csv_reader *reader = pass->reader;
    const struct burst_columns *columns = &pass->columns;
    const char *stream = csv_reader_text(reader, columns->stream);
    int measure = find_measure(csv_reader_text(reader, columns->measure));
    const struct verified_group *group = verify_group(v, csv_reader_text(reader, columns->group));
    int direction = verify_read_direction(v, CHECK_BURST, reader, columns->direction);

    verify_true(v, CHECK_BURST, reader, columns->group, group && group->limits,
                "a group with ticks");
    verify_true(v, CHECK_BURST, reader, columns->stream,
                strcmp(stream, burst_stream_name(BURST_OFFERED)) == 0 ||
                    strcmp(stream, burst_stream_name(BURST_DELIVERED)) == 0,
                "offered or delivered");
    verify_true(v, CHECK_BURST, reader, columns->measure, measure >= 0,
                "sigma, peak, longest or burst_for_delay");
    if (direction < 0 || measure < 0 || !group || !group->limits)
        return false;
    check_bytes(pass, group, direction, (enum burst_measure)measure);
    return verify_read_well(v, reader);
}

static void find_columns(struct csv_reader *reader, struct burst_columns *columns)
{
    columns->group = csv_table_find(&burst_table, BURST_GROUP, SHAPER_READ, reader);
    columns->flow = csv_table_find(&burst_table, BURST_FLOW, SHAPER_READ, reader);
    columns->direction = csv_table_find(&burst_table, BURST_DIRECTION, SHAPER_READ, reader);
    columns->stream = csv_table_find(&burst_table, BURST_STREAM, SHAPER_READ, reader);
    columns->measure = csv_table_find(&burst_table, BURST_MEASURE, SHAPER_READ, reader);
    columns->x = csv_table_find(&burst_table, BURST_X, SHAPER_READ, reader);
    columns->bytes = csv_table_find(&burst_table, BURST_BYTES, SHAPER_READ, reader);
}

void verify_burst(struct verification *v)
{
    struct burst_pass pass = {.verification = v};
    bool good = true;

    if (!(pass.reader = verify_open(v, run_file_names[RUN_BURST])))
        return;
    find_columns(pass.reader, &pass.columns);
    while (good && csv_reader_next(pass.reader))
        good = read_row(&pass);
    if (verify_read_well(v, pass.reader))
        check_holds(v->checks, CHECK_BURST);
    csv_reader_free(pass.reader);
}
