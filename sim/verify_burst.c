/* burst.csv: what it says of groups is measured once more on ticks.csv; flows are held to ranges.
 *
 *   sigma    x bytes a tick: largest Q of Q = max(0, Q - x) + bytes
 *   peak     most bytes of x consecutive ticks
 *   longest  x consecutive ticks in which something passed, the longest of them, and their bytes
 */
#include "sim/verify_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PEAK_TICKS_MAX 100000 /* longer windows are not measured again */

enum burst_measure { BURST_SIGMA, BURST_PEAK, BURST_LONGEST, BURST_FOR_DELAY };

static const char *const measure_names[] = {[BURST_SIGMA] = "sigma",
                                            [BURST_PEAK] = "peak",
                                            [BURST_LONGEST] = "longest",
                                            [BURST_FOR_DELAY] = "burst_for_delay"};

#define MEASURES (sizeof(measure_names) / sizeof(measure_names[0]))

/* One row about a group, and the same measured anew. */
struct burst_figure {
    struct burst_figure *next;
    uint64_t row;
    struct verified_group *group;
    int direction;
    bool is_offered;
    enum burst_measure measure;
    int64_t x, bytes;
    int64_t present_bytes, most_bytes;
    int64_t run_ticks, longest_ticks, least_longest_bytes;
    int64_t *ring; /* of a peak: the last x ticks' bytes */
    int64_t ring_at;
};

struct burst_columns {
    int group, flow, direction, stream, measure, x, bytes;
};

struct burst_pass {
    struct verification *verification;
    struct csv_reader *reader;
    struct burst_columns columns;
    struct burst_figure *figures;
};

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- measured anew --------------------------------------------------------------------------- */

static void end_run(struct burst_figure *figure)
{
    if (figure->run_ticks > figure->longest_ticks || figure->longest_ticks == 0) {
        figure->longest_ticks = figure->run_ticks;
        figure->most_bytes = figure->least_longest_bytes = figure->present_bytes;
    } else if (figure->run_ticks == figure->longest_ticks) {
        figure->most_bytes = max_i64(figure->most_bytes, figure->present_bytes);
        if (figure->present_bytes < figure->least_longest_bytes)
            figure->least_longest_bytes = figure->present_bytes;
    }
    figure->run_ticks = 0;
    figure->present_bytes = 0;
}

static void add_tick(struct burst_figure *figure, int64_t bytes)
{
    switch (figure->measure) {
    case BURST_SIGMA:
        figure->present_bytes = max_i64(0, figure->present_bytes - figure->x) + bytes;
        break;
    case BURST_PEAK:
        figure->present_bytes += bytes - figure->ring[figure->ring_at];
        figure->ring[figure->ring_at] = bytes;
        figure->ring_at = (figure->ring_at + 1) % figure->x;
        break;
    case BURST_LONGEST:
        if (bytes == 0) {
            end_run(figure);
            return;
        }
        figure->present_bytes += bytes;
        figure->run_ticks++;
        return;
    case BURST_FOR_DELAY:
        return;
    }
    figure->most_bytes = max_i64(figure->most_bytes, figure->present_bytes);
}

/* Idle ticks without rows. */
static void add_gap(struct burst_figure *figure, int64_t ticks)
{
    int64_t drained;

    if (figure->measure == BURST_SIGMA) {
        if (__builtin_mul_overflow(figure->x, ticks, &drained))
            drained = INT64_MAX;
        figure->present_bytes = max_i64(0, figure->present_bytes - drained);
        return;
    }
    if (figure->measure == BURST_PEAK && ticks > figure->x)
        ticks = figure->x;
    for (int64_t i = 0; i < ticks && (i == 0 || figure->measure == BURST_PEAK); i++)
        add_tick(figure, 0);
}

static void measure_all(struct burst_pass *pass, struct tick_scan *ticks)
{
    struct verification *v = pass->verification;
    int64_t last_tick[CLASSES_MAX + 1], backlog[CLASSES_MAX + 1][SHAPER_DIRECTIONS] = {0};
    struct verified_tick tick;

    for (size_t i = 0; i < v->group_count; i++)
        last_tick[i] = -1;
    while (tick_scan_next(ticks, &tick)) {
        size_t g = (size_t)(tick.group - v->groups);
        for (struct burst_figure *figure = pass->figures; figure; figure = figure->next) {
            int d = figure->direction;
            if (figure->group != tick.group)
                continue;
            if (tick.tick - last_tick[g] > 1)
                add_gap(figure, tick.tick - last_tick[g] - 1);
            add_tick(figure, tick.bytes[d] +
                                 (figure->is_offered ? tick.backlog_bytes[d] - backlog[g][d] : 0));
        }
        memcpy(backlog[g], tick.backlog_bytes, sizeof(backlog[g]));
        last_tick[g] = tick.tick;
    }
}

static void judge(struct burst_pass *pass, struct burst_figure *figure)
{
    struct verification *v = pass->verification;
    bool holds = figure->bytes == figure->most_bytes;

    if (figure->measure == BURST_FOR_DELAY)
        return;
    if (figure->measure == BURST_LONGEST) {
        end_run(figure);
        holds = figure->x == figure->longest_ticks && figure->bytes <= figure->most_bytes &&
                figure->bytes >= figure->least_longest_bytes;
    }
    if (holds)
        check_holds(v->checks, CHECK_BURST);
    else
        check_fails(v->checks, CHECK_BURST,
                    "burst.csv: row %" PRIu64 ", bytes: %" PRId64 " (x %" PRId64
                    "), but ticks.csv has %" PRId64 "%s",
                    figure->row, figure->bytes, figure->x, figure->most_bytes,
                    figure->measure == BURST_LONGEST ? " in its longest burst" : "");
}

/* --- rows ------------------------------------------------------------------------------------ */

static int find_measure(const char *name)
{
    for (size_t i = 0; i < MEASURES; i++)
        if (strcmp(name, measure_names[i]) == 0)
            return (int)i;
    return -1;
}

/* Charged bytes are not delivered ones with TLS, those of a group with others in it are not its
 * flows' alone, and ticks come late on the wall's clock. */
static bool can_measure(const struct verification *v, const struct burst_figure *figure)
{
    return v->charges_delivered && !v->is_real && !figure->group->has_children &&
           (figure->measure != BURST_PEAK || (figure->x >= 1 && figure->x <= PEAK_TICKS_MAX));
}

static bool add_figure(struct burst_pass *pass, const struct burst_figure *read)
{
    struct burst_figure *figure = malloc(sizeof(*figure));

    if (!figure) {
        sim_fail(pass->verification->error, SIM_FAILED, "burst.csv: out of memory");
        return false;
    }
    *figure = *read;
    figure->next = pass->figures;
    pass->figures = figure;
    if (figure->measure != BURST_PEAK)
        return true;
    figure->ring = calloc((size_t)figure->x, sizeof(*figure->ring));
    if (!figure->ring)
        sim_fail(pass->verification->error, SIM_FAILED, "burst.csv: out of memory");
    return figure->ring != NULL;
}

static void check_flow(struct burst_pass *pass, const struct burst_figure *figure)
{
    struct verification *v = pass->verification;
    const struct burst_columns *columns = &pass->columns;
    int64_t number = csv_reader_count(pass->reader, columns->flow);
    const struct verified_flow *flow = verify_flow(v, number);

    if (!verify_read_well(v, pass->reader))
        return;
    verify_true(v, CHECK_BURST, pass->reader, columns->flow, flow && flow->group == figure->group,
                "a flow of this group in flows.csv");
    if (flow && figure->measure != BURST_FOR_DELAY)
        verify_true(v, CHECK_BURST, pass->reader, columns->bytes,
                    figure->bytes <= (figure->is_offered
                                          ? flow->offered_bytes
                                          : flow->delivered_bytes)[figure->direction],
                    "no more than the flow has in all");
}

static bool take_row(struct burst_pass *pass)
{
    struct verification *v = pass->verification;
    struct csv_reader *reader = pass->reader;
    const struct burst_columns *columns = &pass->columns;
    const char *stream = csv_reader_text(reader, columns->stream);
    int measure = find_measure(csv_reader_text(reader, columns->measure));
    struct burst_figure figure = {.row = csv_reader_row(reader),
                                  .group = verify_group(v, csv_reader_text(reader, columns->group)),
                                  .is_offered = strcmp(stream, "offered") == 0,
                                  .x = csv_reader_count(reader, columns->x),
                                  .bytes = csv_reader_count(reader, columns->bytes)};

    if (!verify_read_well(v, reader))
        return false;
    figure.direction = verify_read_direction(v, CHECK_BURST, reader, columns->direction);
    verify_true(v, CHECK_BURST, reader, columns->group, figure.group && figure.group->limits,
                "a group with ticks");
    verify_true(v, CHECK_BURST, reader, columns->stream,
                figure.is_offered || strcmp(stream, "delivered") == 0, "offered or delivered");
    verify_true(v, CHECK_BURST, reader, columns->measure, measure >= 0,
                "sigma, peak, longest or burst_for_delay");
    if (figure.direction < 0 || measure < 0 || !figure.group || !figure.group->limits)
        return false;
    figure.measure = (enum burst_measure)measure;
    if (!csv_reader_is_empty(reader, columns->flow))
        check_flow(pass, &figure);
    else if (can_measure(v, &figure))
        return add_figure(pass, &figure);
    return !v->is_broken;
}

static void free_figures(struct burst_pass *pass)
{
    while (pass->figures) {
        struct burst_figure *figure = pass->figures;
        pass->figures = figure->next;
        free(figure->ring);
        free(figure);
    }
}

static void find_columns(struct csv_reader *reader, struct burst_columns *columns)
{
    columns->group = csv_reader_column(reader, "group");
    columns->flow = csv_reader_column(reader, "flow");
    columns->direction = csv_reader_column(reader, "direction");
    columns->stream = csv_reader_column(reader, "stream");
    columns->measure = csv_reader_column(reader, "measure");
    columns->x = csv_reader_column(reader, "x");
    columns->bytes = csv_reader_column(reader, "bytes");
}

void verify_burst(struct verification *v)
{
    struct burst_pass pass = {.verification = v};
    bool good = true;

    if (!verify_has_file(v, "burst.csv") || !(pass.reader = verify_open(v, "burst.csv")))
        return;
    find_columns(pass.reader, &pass.columns);
    while (good && csv_reader_next(pass.reader))
        good = take_row(&pass);
    struct tick_scan *ticks = verify_read_well(v, pass.reader) && good ? tick_scan_open(v) : NULL;
    if (ticks) {
        check_holds(v->checks, CHECK_BURST);
        measure_all(&pass, ticks);
        for (struct burst_figure *figure = pass.figures; figure; figure = figure->next)
            judge(&pass, figure);
    }
    tick_scan_free(ticks);
    free_figures(&pass);
    csv_reader_free(pass.reader);
}
