#include "sim/report/thinning.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/config/group_name.h"
#include "sim/metrics/rows.h"
#include "sim/output/csv.h"
#include "sim/output/csv_reader.h"
#include "sim/output/file_names.h"
#include "sim/output/run_tables.h"
#include "traces/file_stream.h"

#define GROUPS        (GROUPS_MAX + 1)
#define FLOWS_LARGEST (UINT64_C(1) << 32) /* a number beyond it is no flow's */

int64_t thinning_step_ticks(int64_t ticks)
{
    return ticks > THINNING_STEPS ? (ticks + THINNING_STEPS - 1) / THINNING_STEPS : 1;
}

int64_t thinning_bin_ticks(int64_t ticks)
{
    return ticks > THINNING_BINS ? 4 * thinning_step_ticks(ticks) : 1;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- a file and its copy ----------------------------------------------------------------- */

struct copy {
    const struct csv_table *table;
    struct csv_reader *reader;
    FILE *out;
    struct csv *csv;
    char path[4096];
    int status;
};

static void copy_open(struct copy *copy, const struct report *report, const char *data_directory,
                      enum run_file file, const struct csv_table *table, char *error)
{
    char header[CSV_TABLE_HEADER_BYTES];

    *copy = (struct copy){.table = table};
    snprintf(copy->path, sizeof(copy->path), "%s/%s", data_directory, run_file_names[file]);
    copy->status = csv_reader_open(report->directory, run_file_names[file], &copy->reader, error);
    if (copy->status != SIM_OK)
        return;
    copy->out = file_stream_open(copy->path, "wx");
    if (!copy->out) {
        copy->status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room",
                                copy->path, strerror(errno));
        return;
    }
    csv_table_header(table, header);
    copy->status = csv_to_stream(copy->out, copy->path, header, &copy->csv, error);
}

static bool copy_next(struct copy *copy)
{
    return copy->status == SIM_OK && csv_reader_next(copy->reader);
}

/* What was written of a copy that failed is removed with the report's folder. */
static int copy_close(struct copy *copy, char *error)
{
    char unused[SIM_ERROR_BYTES] = "";
    int status = csv_reader_finish(copy->reader, copy->status, error);

    if (copy->csv && csv_commit(copy->csv, status == SIM_OK ? error : unused) != SIM_OK)
        status = SIM_FAILED;
    if (copy->out && fclose(copy->out) != 0 && status == SIM_OK)
        status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", copy->path,
                          strerror(errno));
    return status;
}

/* --- ticks.csv --------------------------------------------------------------------------- */

/* The rows of a step while it is read. */
struct step {
    bool is_open, has_first;
    struct tick_row upper, lower;
};

static void step_put(struct step *step, struct csv *csv)
{
    if (!step->is_open)
        return;
    csv_table_write(&ticks_table, &step->upper, csv);
    csv_table_write(&ticks_table, &step->lower, csv);
    step->is_open = false;
}

static void step_begin(struct step *step, const struct tick_row *row)
{
    step->is_open = true;
    step->upper = step->lower = *row;
    memset(step->lower.bytes, 0, sizeof(step->lower.bytes));
}

static void step_extend(struct step *step, const struct tick_row *row)
{
    struct tick_row *upper = &step->upper, *lower = &step->lower;

    lower->tick = row->tick;
    lower->time_us = row->time_us;
    lower->members = row->members;
    lower->backlogged_flows = row->backlogged_flows;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        upper->start_bytes[d] = most(upper->start_bytes[d], row->start_bytes[d]);
        upper->end_bytes[d] = least(upper->end_bytes[d], row->end_bytes[d]);
        upper->bytes[d] += row->bytes[d];
        if (row->backlog_bytes[d] > upper->backlog_bytes[d])
            upper->backlog_bytes[d] = row->backlog_bytes[d];
        lower->start_bytes[d] = least(lower->start_bytes[d], row->start_bytes[d]);
        lower->end_bytes[d] = most(lower->end_bytes[d], row->end_bytes[d]);
        lower->total_bytes[d] = row->total_bytes[d];
        lower->backlog_bytes[d] = row->backlog_bytes[d];
    }
}

static void read_tick(struct csv_reader *reader, const int at[TICKS_COLUMNS], struct tick_row *row)
{
    row->time_us = csv_reader_time_us(reader, at[TICKS_TIME]);
    row->tick = csv_reader_count(reader, at[TICKS_TICK]);
    row->members = (uint64_t)csv_reader_count(reader, at[TICKS_MEMBERS]);
    row->backlogged_flows = (uint64_t)csv_reader_count(reader, at[TICKS_BACKLOGGED_FLOWS]);
    row->has_bucket = !csv_reader_is_empty(reader, at[TICKS_READ_BUCKET_START]);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct csv_table *table = &ticks_table;
        row->start_bytes[d] =
            csv_reader_i64_or(reader, at[csv_table_column(table, TICKS_READ_BUCKET_START, d)], 0);
        row->end_bytes[d] =
            csv_reader_i64_or(reader, at[csv_table_column(table, TICKS_READ_BUCKET_END, d)], 0);
        row->bytes[d] =
            (uint64_t)csv_reader_count(reader, at[csv_table_column(table, TICKS_READ_BYTES, d)]);
        row->total_bytes[d] =
            (uint64_t)csv_reader_count(reader, at[csv_table_column(table, TICKS_TOTAL_READ, d)]);
        row->backlog_bytes[d] =
            (uint64_t)csv_reader_count(reader, at[csv_table_column(table, TICKS_READ_BACKLOG, d)]);
    }
}

static void take_tick(struct step *step, const struct tick_row *row, int64_t step_ticks,
                      struct csv *csv)
{
    if (step->is_open && row->tick / step_ticks == step->upper.tick / step_ticks) {
        step_extend(step, row);
        return;
    }
    step_put(step, csv);
    if (step->has_first && step_ticks > 1)
        step_begin(step, row);
    else
        csv_table_write(&ticks_table, row, csv);
    step->has_first = true;
}

static int thin_ticks(const struct report *report, const char *data_directory, char *error)
{
    struct step steps[GROUPS] = {0};
    int at[TICKS_COLUMNS];
    struct copy copy;

    copy_open(&copy, report, data_directory, RUN_TICKS, &ticks_table, error);
    if (copy.status == SIM_OK)
        csv_table_find_each(&ticks_table, copy.reader, at);
    while (copy_next(&copy)) {
        size_t group = report_find_group(report, csv_reader_text(copy.reader, at[TICKS_GROUP]));
        struct tick_row row = {0};
        read_tick(copy.reader, at, &row);
        if (group == report->group_count || csv_reader_fault(copy.reader))
            continue;
        row.group = report->groups[group].name;
        take_tick(&steps[group], &row, thinning_step_ticks(report->groups[group].ticks), copy.csv);
    }
    for (size_t i = 0; i < report->group_count && copy.status == SIM_OK; i++)
        step_put(&steps[i], copy.csv);
    return copy_close(&copy, error);
}

/* --- flow_ticks.csv ---------------------------------------------------------------------- */

/* A flow whose ticks are kept, and its bin while it is read. */
struct kept_flow {
    uint64_t flow;
    uint64_t bytes[SHAPER_DIRECTIONS];
    bool is_open;
    struct flow_tick_row lower, upper;
};

/* The flows of a group with most bytes: first those of read, the most first, then those of
 * write. */
struct kept_flows {
    struct kept_flow flows[SHAPER_DIRECTIONS][THINNING_FLOWS];
    size_t count[SHAPER_DIRECTIONS];
};

static void keep_flow(struct kept_flows *kept, int d, uint64_t flow, uint64_t bytes)
{
    struct kept_flow *flows = kept->flows[d];
    size_t place = kept->count[d];

    while (place > 0 && flows[place - 1].bytes[d] < bytes)
        place--;
    if (place == THINNING_FLOWS || bytes == 0)
        return;
    if (kept->count[d] < THINNING_FLOWS)
        kept->count[d]++;
    memmove(&flows[place + 1], &flows[place], (kept->count[d] - place - 1) * sizeof(flows[0]));
    flows[place] = (struct kept_flow){.flow = flow};
    flows[place].bytes[d] = bytes;
}

/* The flows that flow_ticks.csv has rows of, by their numbers. */
struct flow_set {
    uint8_t *has;
    size_t room;
};

static bool flow_set_add(struct flow_set *set, uint64_t flow)
{
    if (flow >= set->room) {
        size_t room = (size_t)flow * 2 + 64;
        uint8_t *more = realloc(set->has, room);
        if (!more)
            return false;
        memset(more + set->room, 0, room - set->room);
        set->has = more;
        set->room = room;
    }
    set->has[flow] = 1;
    return true;
}

static int find_recorded(const struct report *report, struct flow_set *recorded, char *error)
{
    static const int columns[] = {FLOW_TICKS_FLOW};
    struct csv_reader *reader;
    int at;
    int status = csv_reader_open(report->directory, run_file_names[RUN_FLOW_TICKS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&flow_ticks_table, columns, 1, SHAPER_READ, reader, &at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        uint64_t flow = (uint64_t)csv_reader_count(reader, at);
        if (flow > FLOWS_LARGEST || !flow_set_add(recorded, flow))
            status = sim_fail(error, SIM_FAILED,
                              "flow_ticks.csv: flow %llu: too large, or out of memory",
                              (unsigned long long)flow);
    }
    return csv_reader_finish(reader, status, error);
}

static int keep_flows(const struct report *report, const struct flow_set *recorded,
                      struct kept_flows *kept, char *error)
{
    static const int columns[] = {FLOWS_FLOW, FLOWS_GROUP, FLOWS_READ_BYTES, FLOWS_WRITTEN_BYTES};
    struct csv_reader *reader;
    int at[4];
    int status = csv_reader_open(report->directory, run_file_names[RUN_FLOWS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&flows_table, columns, 4, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[1]));
        uint64_t flow = (uint64_t)csv_reader_count(reader, at[0]);
        if (flow >= recorded->room || !recorded->has[flow])
            continue;
        for (int d = 0; d < SHAPER_DIRECTIONS && group < report->group_count; d++)
            keep_flow(&kept[group], d, flow, (uint64_t)csv_reader_count(reader, at[2 + d]));
    }
    return csv_reader_finish(reader, status, error);
}

static struct kept_flow *find_flow(struct kept_flows *kept, uint64_t flow)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t i = 0; i < kept->count[d]; i++)
            if (kept->flows[d][i].flow == flow)
                return &kept->flows[d][i];
    return NULL;
}

static void bin_put(struct kept_flow *flow, struct csv *csv)
{
    if (!flow->is_open)
        return;
    csv_table_write(&flow_ticks_table, &flow->lower, csv);
    if (flow->upper.has_bucket)
        csv_table_write(&flow_ticks_table, &flow->upper, csv);
    flow->is_open = false;
}

static void take_flow_tick(struct kept_flow *flow, const struct flow_tick_row *row,
                           int64_t bin_ticks, struct csv *csv)
{
    if (!flow->is_open || row->tick / bin_ticks != flow->lower.tick / bin_ticks) {
        bin_put(flow, csv);
        flow->is_open = true;
        flow->lower = flow->upper = *row;
        memset(flow->upper.bytes, 0, sizeof(flow->upper.bytes));
        return;
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        flow->lower.bytes[d] += row->bytes[d];
        flow->lower.backlog_bytes[d] = row->backlog_bytes[d];
        flow->lower.bucket_bytes[d] = least(flow->lower.bucket_bytes[d], row->bucket_bytes[d]);
        flow->upper.bucket_bytes[d] = most(flow->upper.bucket_bytes[d], row->bucket_bytes[d]);
        flow->lower.max_bytes[d] = row->max_bytes[d];
        flow->upper.max_bytes[d] = row->max_bytes[d];
    }
    flow->lower.has_max = flow->upper.has_max = row->has_max;
}

/* A run of an older version lacks the last two. */
static void find_flow_tick_columns(struct csv_reader *reader, int at[FLOW_TICKS_COLUMNS])
{
    for (int c = 0; c < FLOW_TICKS_COLUMNS; c++) {
        const char *name = flow_ticks_table.columns[c].name;
        at[c] = c < FLOW_TICKS_MAX_READ ? csv_reader_column(reader, name)
                                        : csv_reader_find(reader, name);
    }
}

static void read_flow_tick(struct csv_reader *reader, const int at[FLOW_TICKS_COLUMNS],
                           struct flow_tick_row *row)
{
    row->time_us = csv_reader_time_us(reader, at[FLOW_TICKS_TIME]);
    row->tick = csv_reader_count(reader, at[FLOW_TICKS_TICK]);
    row->has_bucket = !csv_reader_is_empty(reader, at[FLOW_TICKS_READ_BUCKET]);
    row->has_max = at[FLOW_TICKS_MAX_READ] >= 0 && at[FLOW_TICKS_MAX_WRITE] >= 0 &&
                   !csv_reader_is_empty(reader, at[FLOW_TICKS_MAX_READ]);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct csv_table *table = &flow_ticks_table;
        if (row->has_max)
            row->max_bytes[d] = (uint64_t)csv_reader_count(
                reader, at[csv_table_column(table, FLOW_TICKS_MAX_READ, d)]);
        row->bucket_bytes[d] =
            csv_reader_i64_or(reader, at[csv_table_column(table, FLOW_TICKS_READ_BUCKET, d)], 0);
        row->bytes[d] = (uint64_t)csv_reader_count(
            reader, at[csv_table_column(table, FLOW_TICKS_READ_BYTES, d)]);
        row->backlog_bytes[d] = (uint64_t)csv_reader_count(
            reader, at[csv_table_column(table, FLOW_TICKS_READ_BACKLOG, d)]);
    }
}

static void copy_flow_ticks(const struct report *report, struct kept_flows *kept, struct copy *copy,
                            const int at[FLOW_TICKS_COLUMNS])
{
    while (copy_next(copy)) {
        size_t group =
            report_find_group(report, csv_reader_text(copy->reader, at[FLOW_TICKS_GROUP]));
        struct flow_tick_row row = {
            .flow = (uint64_t)csv_reader_count(copy->reader, at[FLOW_TICKS_FLOW])};
        struct kept_flow *flow =
            group < report->group_count ? find_flow(&kept[group], row.flow) : NULL;
        if (!flow)
            continue;
        read_flow_tick(copy->reader, at, &row);
        row.group = report->groups[group].name;
        if (!csv_reader_fault(copy->reader))
            take_flow_tick(flow, &row, thinning_bin_ticks(report->groups[group].ticks), copy->csv);
    }
    for (size_t g = 0; g < report->group_count && copy->status == SIM_OK; g++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            for (size_t i = 0; i < kept[g].count[d]; i++)
                bin_put(&kept[g].flows[d][i], copy->csv);
}

static int thin_flow_ticks(const struct report *report, const char *data_directory, char *error)
{
    struct kept_flows *kept = calloc(GROUPS, sizeof(*kept));
    struct flow_set recorded = {.room = 0};
    int at[FLOW_TICKS_COLUMNS];
    struct copy copy;

    if (!kept)
        return sim_fail(error, SIM_FAILED, "flow_ticks.csv: out of memory");
    int status = find_recorded(report, &recorded, error);
    if (status == SIM_OK)
        status = keep_flows(report, &recorded, kept, error);
    if (status == SIM_OK) {
        copy_open(&copy, report, data_directory, RUN_FLOW_TICKS, &flow_ticks_table, error);
        if (copy.status == SIM_OK) {
            find_flow_tick_columns(copy.reader, at);
            copy_flow_ticks(report, kept, &copy, at);
        }
        status = copy_close(&copy, error);
    }
    free(recorded.has);
    free(kept);
    return status;
}

/* --- delays.csv -------------------------------------------------------------------------- */

/* The least power of 10^(1/50) from the delay on, which the file's nine places hold well enough to
 * be rounded to itself; shorter ones are few. */
#define ROUNDED_FROM_S 1e-4

static double rounded_up(double delay_s)
{
    if (delay_s < ROUNDED_FROM_S)
        return delay_s;
    return pow(10, ceil(log10(delay_s) * THINNING_DECADE - 1e-3) / THINNING_DECADE);
}

struct delay {
    char group[GROUP_NAME_BYTES], direction[8];
    double delay_s;
    uint64_t packets;
};

static void put_delay(const struct delay *delay, struct csv *csv)
{
    if (delay->packets == 0)
        return;
    csv_text(csv, delay->group);
    csv_text(csv, delay->direction);
    csv_ratio(csv, delay->delay_s);
    csv_u64(csv, delay->packets);
    csv_end_row(csv);
}

/* Rows of one group and direction follow each other, the shortest delay first. */
static int thin_delays(const struct report *report, const char *data_directory, char *error)
{
    struct delay last = {.packets = 0};
    int at[DELAYS_COLUMNS];
    struct copy copy;

    copy_open(&copy, report, data_directory, RUN_DELAYS, &delays_table, error);
    if (copy.status == SIM_OK)
        csv_table_find_each(&delays_table, copy.reader, at);
    while (copy_next(&copy)) {
        struct delay delay = {.delay_s = rounded_up(csv_reader_real(copy.reader, at[DELAYS_DELAY])),
                              .packets =
                                  (uint64_t)csv_reader_count(copy.reader, at[DELAYS_PACKETS])};
        snprintf(delay.group, sizeof(delay.group), "%s",
                 csv_reader_text(copy.reader, at[DELAYS_GROUP]));
        snprintf(delay.direction, sizeof(delay.direction), "%s",
                 csv_reader_text(copy.reader, at[DELAYS_DIRECTION]));
        if (strcmp(delay.group, last.group) == 0 && strcmp(delay.direction, last.direction) == 0 &&
            delay.delay_s == last.delay_s)
            delay.packets += last.packets;
        else
            put_delay(&last, copy.csv);
        last = delay;
    }
    if (copy.status == SIM_OK)
        put_delay(&last, copy.csv);
    return copy_close(&copy, error);
}

/* --- delays_time.csv --------------------------------------------------------------------- */

/* The rows of a bin while it is read; `second` is where it starts. */
struct delay_bin {
    bool is_open;
    struct delay_second_row row;
};

int64_t thinning_bin_seconds(double span_s)
{
    return (int64_t)ceil((span_s > 1 ? span_s : 1) / THINNING_STEPS);
}

static void put_bin(struct delay_bin *bin, struct csv *csv)
{
    if (bin->is_open)
        csv_table_write(&delays_time_table, &bin->row, csv);
    bin->is_open = false;
}

static void take_second(struct delay_bin *bin, const struct delay_second_row *row, struct csv *csv)
{
    if (bin->is_open && bin->row.second != row->second)
        put_bin(bin, csv);
    if (!bin->is_open) {
        *bin = (struct delay_bin){.is_open = true, .row = *row};
        return;
    }
    bin->row.packets += row->packets;
    for (int i = 0; i < 3; i++)
        bin->row.delay_us[i] = most(bin->row.delay_us[i], row->delay_us[i]);
}

static void read_second(struct csv_reader *reader, const int at[DELAYS_TIME_COLUMNS],
                        struct delay_second_row *row)
{
    row->second = csv_reader_count(reader, at[DELAYS_TIME_SECOND]);
    row->packets = (uint64_t)csv_reader_count(reader, at[DELAYS_TIME_PACKETS]);
    row->delay_us[0] = csv_reader_time_us(reader, at[DELAYS_TIME_P50]);
    row->delay_us[1] = csv_reader_time_us(reader, at[DELAYS_TIME_P99]);
    row->delay_us[2] = csv_reader_time_us(reader, at[DELAYS_TIME_MAX]);
}

static int thin_seconds(const struct report *report, const char *data_directory, char *error)
{
    struct delay_bin bins[GROUPS][SHAPER_DIRECTIONS] = {0};
    int at[DELAYS_TIME_COLUMNS];
    struct copy copy;

    copy_open(&copy, report, data_directory, RUN_DELAYS_TIME, &delays_time_table, error);
    if (copy.status == SIM_OK)
        csv_table_find_each(&delays_time_table, copy.reader, at);
    while (copy_next(&copy)) {
        size_t g = report_find_group(report, csv_reader_text(copy.reader, at[DELAYS_TIME_GROUP]));
        if (g == report->group_count)
            continue;
        const struct report_group *group = &report->groups[g];
        double ticks_s = (double)group->ticks * group->tick_s;
        int64_t bin_s = thinning_bin_seconds(ticks_s > 0 ? ticks_s : report->end_s);
        struct delay_second_row row = {
            .group = group->name,
            .direction = csv_reader_direction(copy.reader, at[DELAYS_TIME_DIRECTION])};
        read_second(copy.reader, at, &row);
        row.second -= row.second % bin_s;
        take_second(&bins[g][row.direction], &row, copy.csv);
    }
    for (size_t g = 0; g < GROUPS && copy.status == SIM_OK; g++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            put_bin(&bins[g][d], copy.csv);
    return copy_close(&copy, error);
}

/* --- exchanges.csv ----------------------------------------------------------------------- */

#define EXCHANGE_FROM  (-6 * THINNING_DECADE) /* 1 us */
#define EXCHANGE_STEPS (12 * THINNING_DECADE) /* up to 10^6 s */

/* How many exchanges of a group were answered within each step; as captured, as shaped. */
struct answers {
    uint64_t count[2][EXCHANGE_STEPS + 1];
};

static void put_answers(const struct report *report, const struct answers *answers, FILE *out)
{
    fputs("group,captured_response_s,response_s,exchanges\n", out);
    for (size_t g = 0; g < report->group_count; g++) {
        fprintf(out, "%s,,,0\n", report->groups[g].name); /* gnuplot warns of an empty file */
        for (int shaped = 0; shaped < 2; shaped++)
            for (int i = 0; i <= EXCHANGE_STEPS; i++) {
                double time_s = pow(10, (double)(EXCHANGE_FROM + i) / THINNING_DECADE);
                if (answers[g].count[shaped][i] > 0)
                    fprintf(out, "%s,%s%.12g%s,%" PRIu64 "\n", report->groups[g].name,
                            shaped ? "," : "", time_s, shaped ? "" : ",",
                            answers[g].count[shaped][i]);
            }
    }
}

static void take_answer(struct csv_reader *reader, int column, uint64_t *counts)
{
    if (csv_reader_is_empty(reader, column))
        return;
    double time_s = fmax((double)csv_reader_time_us(reader, column) / 1e6, 1e-6);
    double step = ceil(log10(time_s) * THINNING_DECADE - 1e-3) - EXCHANGE_FROM;

    counts[step < EXCHANGE_STEPS ? (size_t)step : EXCHANGE_STEPS]++;
}

static int read_answers(const struct report *report, struct answers *answers, char *error)
{
    static const int columns[] = {EXCHANGES_GROUP, EXCHANGES_CAPTURED_RESPONSE,
                                  EXCHANGES_RESPONSE_TIME};
    struct csv_reader *reader;
    int at[3];
    int status = csv_reader_open(report->directory, run_file_names[RUN_EXCHANGES], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&exchanges_table, columns, 3, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[0]));
        for (int shaped = 0; shaped < 2 && group < report->group_count; shaped++)
            take_answer(reader, at[1 + shaped], answers[group].count[shaped]);
    }
    return csv_reader_finish(reader, status, error);
}

static int thin_exchanges(const struct report *report, const char *data_directory, char *error)
{
    char path[4096];

    struct answers *answers = calloc(GROUPS, sizeof(*answers));
    if (!answers)
        return sim_fail(error, SIM_FAILED, "exchanges.csv: out of memory");
    int status = read_answers(report, answers, error);
    if (status == SIM_OK) {
        snprintf(path, sizeof(path), "%s/%s", data_directory, run_file_names[RUN_EXCHANGES]);
        FILE *out = file_stream_open(path, "wx");
        if (out)
            put_answers(report, answers, out);
        if (!out || (ferror(out) | fclose(out)) != 0)
            status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                              strerror(errno));
    }
    free(answers);
    return status;
}

/* --- burst.csv --------------------------------------------------------------------------- */

static int thin_burst(const struct report *report, const char *data_directory, char *error)
{
    int at[BURST_COLUMNS];
    struct copy copy;

    copy_open(&copy, report, data_directory, RUN_BURST, &burst_table, error);
    if (copy.status == SIM_OK)
        csv_table_find_each(&burst_table, copy.reader, at);
    while (copy_next(&copy)) {
        if (*csv_reader_text(copy.reader, at[BURST_FLOW]) ||
            strcmp(csv_reader_text(copy.reader, at[BURST_MEASURE]),
                   burst_measure_names[BURST_SIGMA]) != 0)
            continue;
        for (int i = 0; i < BURST_COLUMNS; i++)
            csv_text(copy.csv, csv_reader_text(copy.reader, at[i]));
        csv_end_row(copy.csv);
    }
    return copy_close(&copy, error);
}

int thinning_run(const struct report *report, const char *data_directory, char *error)
{
    static const struct {
        enum run_file file;
        int (*thin)(const struct report *report, const char *data_directory, char *error);
    } files[] = {{RUN_TICKS, thin_ticks},         {RUN_FLOW_TICKS, thin_flow_ticks},
                 {RUN_DELAYS, thin_delays},       {RUN_DELAYS_TIME, thin_seconds},
                 {RUN_EXCHANGES, thin_exchanges}, {RUN_BURST, thin_burst}};
    int status = SIM_OK;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && status == SIM_OK; i++)
        if (report_has_file(report, files[i].file))
            status = files[i].thin(report, data_directory, error);
    return status;
}

/* --- a sweep's settings ------------------------------------------------------------------ */

/* Only what needs them has quotes: gnuplot takes no quoted field for a number. */
static void put_field(FILE *out, const char *text, int column)
{
    const char *quote = strchr(text, ',') ? "\"" : "";

    fprintf(out, "%s%s", column > 0 ? "," : "", quote);
    for (; *text; text++)
        fputc(*text == '"' ? '\'' : *text == '\n' ? ' ' : *text, out);
    fputs(quote, out);
}

int thinning_sweep(const char *directory, const char *data_directory, char *error)
{
    const char *name = sweep_file_names[SWEEP_BY_SETTING];
    struct csv_reader *reader;
    char path[4096];
    int status = csv_reader_open(directory, name, &reader, error);

    if (status != SIM_OK)
        return status;
    snprintf(path, sizeof(path), "%s/%s", data_directory, name);
    FILE *out = file_stream_open(path, "wx");
    int width = csv_reader_width(reader);
    for (int i = 0; out && i < width; i++)
        put_field(out, csv_reader_column_name(reader, i), i);
    while (out && csv_reader_next(reader)) {
        fputc('\n', out);
        for (int i = 0; i < width; i++)
            put_field(out, csv_reader_text(reader, i), i);
    }
    if (out)
        fputc('\n', out);
    if (!out || (ferror(out) | fclose(out)) != 0)
        status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                          strerror(errno));
    return csv_reader_finish(reader, status, error);
}
