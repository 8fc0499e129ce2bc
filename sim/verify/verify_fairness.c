/* fairness.csv: windows of the lengths of window_lengths.h and the whole run, each within what
 * ticks.csv says passed in it, Jain's index from 1/n to 1; and summary.json's means and least
 * values, which are those of these rows. */
#include "sim/verify/verify_fairness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/summary_metrics.h"
#include "sim/base/numbers.h"
#include "sim/verify/tick_scan.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_moves.h"

#define JAIN_STEP 1e-9 /* it is written with nine decimals */

struct fairness_columns {
    int time, tick, group, direction, window, flows, limited, bytes, jain, window_time;
};

/* Bytes of a group's windows that are open, while ticks.csv is read; and what its rows came to. */
struct window_sums {
    struct window_lengths lengths;
    struct fairness_result results[SHAPER_DIRECTIONS];
    int64_t last_tick;
    int64_t sum_bytes[SHAPER_DIRECTIONS];
    struct {
        int64_t number; /* of the window that the last row fell into */
        int64_t before_bytes[SHAPER_DIRECTIONS];
    } scales[WINDOW_LENGTHS_MAX];
};

struct fairness_pass {
    struct verification *verification;
    struct csv_reader *reader;
    struct fairness_columns columns;
    struct tick_scan *ticks;
    struct verified_tick tick; /* read ahead */
    bool has_tick;
    struct window_sums *sums; /* by group */
};

struct window_row {
    struct verified_group *group;
    int direction;
    int64_t tick, window_ticks, window_us, flows, limited_flows, bytes;
    double jain;
};

static struct window_sums *sums_of(struct fairness_pass *pass, const struct verified_group *group)
{
    return &pass->sums[group->index];
}

static void add_tick(struct fairness_pass *pass)
{
    const struct verified_tick *tick = &pass->tick;
    struct window_sums *sums = sums_of(pass, tick->group);

    for (size_t i = 0; i < sums->lengths.count; i++) {
        int64_t number = tick->tick / sums->lengths.ticks[i];
        if (number == sums->scales[i].number)
            continue;
        sums->scales[i].number = number;
        memcpy(sums->scales[i].before_bytes, sums->sum_bytes, sizeof(sums->sum_bytes));
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        sums->sum_bytes[d] += tick->bytes[d];
    sums->last_tick = tick->tick;
}

/* Takes the ticks that end by then; those that the run's end cuts short, whatever their length, end
 * just behind it. */
static void advance(struct fairness_pass *pass, int64_t time_us)
{
    const struct verified_tick *tick = &pass->tick;
    int64_t cut_us = pass->verification->end_us + 1;

    while (pass->has_tick && min_i64((tick->tick + 1) * tick->group->tick_us, cut_us) <= time_us) {
        add_tick(pass);
        pass->has_tick = tick_scan_next(pass->ticks, &pass->tick);
    }
}

/* What passed in a row's window; -1 where ticks.csv has been read past it. */
static int64_t window_bytes(struct fairness_pass *pass, const struct window_row *row, int scale)
{
    const struct window_sums *sums = sums_of(pass, row->group);

    if (scale < 0)
        return sums->sum_bytes[row->direction];
    if (sums->last_tick < row->tick)
        return 0;
    if (sums->scales[scale].number != row->tick / row->window_ticks)
        return -1;
    return sums->sum_bytes[row->direction] - sums->scales[scale].before_bytes[row->direction];
}

/* The window of the run may be as long as one of another length, whose row comes before it. */
static void count_row(struct window_sums *sums, const struct window_row *row, int scale)
{
    struct fairness_result *result = &sums->results[row->direction];
    struct fairness_scale *counted = &result->run;

    if (scale >= 0 && (row->window_ticks < result->ticks || result->scales[scale].windows == 0))
        counted = &result->scales[scale];
    if (counted->windows++ == 0 || row->jain < counted->jain_min)
        counted->jain_min = row->jain;
    counted->jain_sum += row->jain;
}

static void check_window(struct fairness_pass *pass, const struct window_row *row)
{
    struct verification *v = pass->verification;
    const struct fairness_columns *columns = &pass->columns;
    int64_t tick_us = row->group->tick_us;
    int64_t ticks = v->end_us / tick_us + 1, end_us;
    struct window_sums *sums = sums_of(pass, row->group);
    int scale = window_lengths_find(&sums->lengths, row->window_ticks);
    bool is_run = row->tick == 0 && row->window_ticks == ticks;

    verify_true(v, CHECK_FAIRNESS, pass->reader, columns->window,
                is_run || (scale >= 0 && row->tick % row->window_ticks == 0 &&
                           row->tick + row->window_ticks <= ticks),
                "a length that is measured (1, 2, 5, 10, ... ticks or ms, or named) at a multiple "
                "of that, or the run");
    count_row(sums, row, scale);
    if (__builtin_mul_overflow(row->tick + row->window_ticks, tick_us, &end_us))
        return;
    if (is_run)
        scale = end_us > v->end_us ? -1 : scale;
    advance(pass, is_run && scale < 0 ? INT64_MAX : end_us);
    if ((scale < 0 && !is_run) || v->is_real || !v->charges_delivered)
        return;
    int64_t most = window_bytes(pass, row, scale);
    verify_true(v, CHECK_FAIRNESS, pass->reader, columns->tick, most >= 0,
                "rows come in the order in which windows end");
    if (most >= 0)
        verify_true(v, CHECK_FAIRNESS, pass->reader, columns->bytes, row->bytes <= most,
                    "no more than passed in these ticks of ticks.csv");
}

/* One digit, a point, nine digits. */
static bool read_jain(const char *text, double *jain)
{
    *jain = strtod(text, NULL);
    return strlen(text) == 11 && strspn(text, "01") >= 1 && text[1] == '.' &&
           strspn(text + 2, "0123456789") == 9;
}

static bool take_row(struct fairness_pass *pass)
{
    struct verification *v = pass->verification;
    struct csv_reader *reader = pass->reader;
    const struct fairness_columns *columns = &pass->columns;
    int64_t time_us = csv_reader_time_us(reader, columns->time);
    struct window_row row = {.group = verify_group(v, csv_reader_text(reader, columns->group)),
                             .tick = csv_reader_count(reader, columns->tick),
                             .window_ticks = csv_reader_count(reader, columns->window),
                             .flows = csv_reader_count(reader, columns->flows),
                             .limited_flows = csv_reader_count(reader, columns->limited),
                             .bytes = csv_reader_count(reader, columns->bytes),
                             .window_us = csv_reader_time_us(reader, columns->window_time)};
    int64_t window_us;

    if (!verify_read_well(v, reader))
        return false;
    row.direction = verify_read_direction(v, CHECK_FAIRNESS, reader, columns->direction);
    if (!row.group || !row.group->limits || row.direction < 0 || row.window_ticks < 1) {
        verify_row_fails(v, CHECK_FAIRNESS, reader, columns->group,
                         "no window of a group with ticks");
        return false;
    }
    verify_true(v, CHECK_FAIRNESS, reader, columns->time,
                time_us / row.group->tick_us == row.tick && time_us % row.group->tick_us == 0,
                "tick x the tick's length");
    verify_true(v, CHECK_FAIRNESS, reader, columns->flows,
                row.flows >= 2 &&
                    row.flows <= (int64_t)(flow_totals_of(v, row.group)->flows + moves_count(v)),
                "two at least, and no more than the group has");
    verify_true(v, CHECK_FAIRNESS, reader, columns->limited, row.limited_flows <= row.flows,
                "some of the window's flows");
    verify_true(v, CHECK_FAIRNESS, reader, columns->jain,
                read_jain(csv_reader_text(reader, columns->jain), &row.jain) && row.jain <= 1 &&
                    row.jain >= 1 / (double)(row.flows > 0 ? row.flows : 1) - JAIN_STEP,
                "from 1 / flows to 1, with nine decimals");
    verify_true(v, CHECK_FAIRNESS, reader, columns->window_time,
                !__builtin_mul_overflow(row.window_ticks, row.group->tick_us, &window_us) &&
                    row.window_us == window_us,
                "window_ticks x the tick's length");
    check_window(pass, &row);
    return true;
}

static void find_columns(struct csv_reader *reader, struct fairness_columns *columns)
{
    columns->time = csv_table_find(&fairness_table, FAIRNESS_TIME, SHAPER_READ, reader);
    columns->tick = csv_table_find(&fairness_table, FAIRNESS_TICK, SHAPER_READ, reader);
    columns->group = csv_table_find(&fairness_table, FAIRNESS_GROUP, SHAPER_READ, reader);
    columns->direction = csv_table_find(&fairness_table, FAIRNESS_DIRECTION, SHAPER_READ, reader);
    columns->window = csv_table_find(&fairness_table, FAIRNESS_WINDOW_TICKS, SHAPER_READ, reader);
    columns->flows = csv_table_find(&fairness_table, FAIRNESS_FLOWS, SHAPER_READ, reader);
    columns->limited = csv_table_find(&fairness_table, FAIRNESS_LIMITED_FLOWS, SHAPER_READ, reader);
    columns->bytes = csv_table_find(&fairness_table, FAIRNESS_BYTES, SHAPER_READ, reader);
    columns->jain = csv_table_find(&fairness_table, FAIRNESS_JAIN, SHAPER_READ, reader);
    columns->window_time = csv_table_find(&fairness_table, FAIRNESS_WINDOW, SHAPER_READ, reader);
}

/* What summary.json says was given up has no rows. */
static void init_result(struct fairness_result *result, const struct window_lengths *lengths,
                        int64_t ticks, const json_t *fairness)
{
    const json_t *given_up = json_object_get(fairness, "jain_given_up_from_ticks");

    result->ticks = ticks;
    result->scale_count = lengths->count;
    for (size_t s = 0; s < lengths->count; s++) {
        result->scales[s].ticks = lengths->ticks[s];
        result->scales[s].is_given_up =
            json_is_integer(given_up) && lengths->ticks[s] >= json_integer_value(given_up);
    }
    result->run.is_given_up = json_is_integer(given_up);
}

static const json_t *summary_of(const struct verified_group *group, int d)
{
    return json_object_get(json_object_get(group->summary, verify_direction(d)), "fairness");
}

static void init_sums(struct fairness_pass *pass)
{
    struct verification *v = pass->verification;

    for (size_t i = 0; i < v->group_count; i++) {
        const struct verified_group *group = &v->groups[i];
        struct window_sums *sums = &pass->sums[i];
        sums->last_tick = -1;
        if (!group->limits)
            continue;
        window_lengths_init(&sums->lengths, group->tick_us, &v->run->fairness_windows);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            init_result(&sums->results[d], &sums->lengths,
                        json_integer_value(json_object_get(group->summary, "ticks")),
                        summary_of(group, d));
    }
}

static void compare_summary(struct fairness_pass *pass)
{
    struct verification *v = pass->verification;

    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS && v->groups[i].limits; d++) {
            const struct verified_group *group = &v->groups[i];
            json_t *expected = json_object();
            char of[64];
            snprintf(of, sizeof(of), "group %s: %s: fairness", group->name, verify_direction(d));
            summary_set_jain(expected, &pass->sums[i].results[d], group->tick_us);
            verify_json(v, of, summary_of(group, d), expected);
            json_decref(expected);
        }
}

void verify_fairness(struct verification *v)
{
    struct fairness_pass pass = {.verification = v};
    bool good = true;

    pass.sums = verify_allocate(v, "fairness.csv", v->group_count, sizeof(*pass.sums));
    pass.reader = verify_open(v, run_file_names[RUN_FAIRNESS]);
    pass.ticks = tick_scan_open(v);
    if (pass.sums && pass.reader && pass.ticks) {
        init_sums(&pass);
        find_columns(pass.reader, &pass.columns);
        pass.has_tick = tick_scan_next(pass.ticks, &pass.tick);
        while (good && csv_reader_next(pass.reader))
            good = take_row(&pass);
        if (verify_read_well(v, pass.reader)) {
            check_holds(v->checks, CHECK_FAIRNESS);
            if (good)
                compare_summary(&pass);
        }
    }
    tick_scan_free(pass.ticks);
    csv_reader_free(pass.reader);
    free(pass.sums);
}
