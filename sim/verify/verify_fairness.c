/* fairness.csv: windows of 1, 2, 5, 10, ... ticks and the whole run, each within what ticks.csv
 * says passed in it, Jain's index from 1/n to 1. */
#include "sim/verify/verify_fairness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"
#include "sim/verify/tick_scan.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_moves.h"

#define SCALES    54   /* 1, 2, 5, ... 5 x 10^17 */
#define JAIN_STEP 1e-9 /* it is written with nine decimals */

struct fairness_columns {
    int time, tick, group, direction, window, flows, limited, bytes, jain;
};

/* Bytes of a group's windows that are open, while ticks.csv is read. */
struct window_sums {
    int64_t last_tick;
    int64_t sum_bytes[SHAPER_DIRECTIONS];
    struct {
        int64_t number; /* of the window that the last row fell into */
        int64_t before_bytes[SHAPER_DIRECTIONS];
    } scales[SCALES];
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
    int64_t tick, window_ticks, flows, limited_flows, bytes;
};

static int64_t scale_ticks(int scale)
{
    static const int64_t steps[] = {1, 2, 5};
    int64_t ticks = steps[scale % 3];

    for (int i = 0; i < scale / 3; i++)
        ticks *= 10;
    return ticks;
}

static struct window_sums *sums_of(struct fairness_pass *pass, const struct verified_group *group)
{
    return &pass->sums[group->index];
}

static void add_tick(struct fairness_pass *pass)
{
    const struct verified_tick *tick = &pass->tick;
    struct window_sums *sums = sums_of(pass, tick->group);

    for (int i = 0; i < SCALES; i++) {
        int64_t number = tick->tick / scale_ticks(i);
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

static int find_scale(int64_t window_ticks)
{
    for (int i = 0; i < SCALES; i++)
        if (scale_ticks(i) == window_ticks)
            return i;
    return -1;
}

static void check_window(struct fairness_pass *pass, const struct window_row *row)
{
    struct verification *v = pass->verification;
    const struct fairness_columns *columns = &pass->columns;
    int64_t tick_us = row->group->tick_us;
    int64_t ticks = v->end_us / tick_us + 1, end_us;
    int scale = find_scale(row->window_ticks);
    bool is_run = row->tick == 0 && row->window_ticks == ticks;

    verify_true(v, CHECK_FAIRNESS, pass->reader, columns->window,
                is_run || (scale >= 0 && row->tick % row->window_ticks == 0 &&
                           row->tick + row->window_ticks <= ticks),
                "a window of 1, 2, 5, 10, ... ticks at a multiple of that, or the run");
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
                             .bytes = csv_reader_count(reader, columns->bytes)};
    double jain;

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
                read_jain(csv_reader_text(reader, columns->jain), &jain) && jain <= 1 &&
                    jain >= 1 / (double)(row.flows > 0 ? row.flows : 1) - JAIN_STEP,
                "from 1 / flows to 1, with nine decimals");
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
}

void verify_fairness(struct verification *v)
{
    struct fairness_pass pass = {.verification = v};
    bool good = true;

    pass.sums = verify_allocate(v, "fairness.csv", v->group_count, sizeof(*pass.sums));
    pass.reader = verify_open(v, run_file_names[RUN_FAIRNESS]);
    pass.ticks = tick_scan_open(v);
    if (pass.sums && pass.reader && pass.ticks) {
        for (size_t i = 0; i < v->group_count; i++)
            pass.sums[i].last_tick = -1;
        find_columns(pass.reader, &pass.columns);
        pass.has_tick = tick_scan_next(pass.ticks, &pass.tick);
        while (good && csv_reader_next(pass.reader))
            good = take_row(&pass);
        if (verify_read_well(v, pass.reader))
            check_holds(v->checks, CHECK_FAIRNESS);
    }
    tick_scan_free(pass.ticks);
    csv_reader_free(pass.reader);
    free(pass.sums);
}
