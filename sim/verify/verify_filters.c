/*
 * filters.csv: a row per flow, direction and filter; what one filter passes on is what the next one
 * is given, and at the far end what went in comes out.
 *
 *     offered -> [0] -> [1] -> ... -> charged -> ... -> [1] -> [0] -> delivered
 */
#include "sim/verify/verify_filters.h"

#include <stdlib.h>
#include <string.h>

#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

#define CRC_TEXT_BYTES 9

/* Of a group. */
struct filter_totals {
    struct shaper_filter_counts counts[SHAPER_FILTERS_MAX][SHAPER_DIRECTIONS];
};

struct filter_pass {
    struct verification *verification;
    struct csv_reader *reader;
    int columns[FILTERS_COLUMNS];
};

/* The flow, direction and filter that the next row should have. */
struct filter_position {
    const struct verified_flow *flow;
    int direction;
    size_t position;
};

/* Equal if everything has arrived, at most `most` otherwise. */
static void expect_passed(struct filter_pass *pass, int column, int64_t found, int64_t most,
                          const char *why)
{
    struct verification *v = pass->verification;

    if (v->is_drained)
        verify_equal(v, CHECK_FILTERS, pass->reader, column, found, most, why);
    else
        verify_true(v, CHECK_FILTERS, pass->reader, column, found <= most, why);
}

static void check_position(struct filter_pass *pass, const struct filter_position *place)
{
    struct verification *v = pass->verification;
    const int *columns = pass->columns;
    struct csv_reader *reader = pass->reader;
    const struct shaper_filter *filter = &v->run->application.filters[place->position];

    verify_equal(v, CHECK_FILTERS, reader, columns[FILTERS_FLOW],
                 csv_reader_count(reader, columns[FILTERS_FLOW]), place->flow->number,
                 "rows come as in flows.csv, for each direction and filter");
    verify_true(v, CHECK_FILTERS, reader, columns[FILTERS_GROUP],
                strcmp(csv_reader_text(reader, columns[FILTERS_GROUP]), place->flow->group->name) ==
                    0,
                "the flow's group in flows.csv");
    verify_true(v, CHECK_FILTERS, reader, columns[FILTERS_DIRECTION],
                strcmp(csv_reader_text(reader, columns[FILTERS_DIRECTION]),
                       verify_direction(place->direction)) == 0,
                "read first, then write");
    verify_equal(v, CHECK_FILTERS, reader, columns[FILTERS_POSITION],
                 csv_reader_count(reader, columns[FILTERS_POSITION]), (int64_t)place->position,
                 "one row for each filter, the application's first");
    verify_true(v, CHECK_FILTERS, reader, columns[FILTERS_FILTER],
                strcmp(csv_reader_text(reader, columns[FILTERS_FILTER]),
                       shaper_filter_name(filter->kind)) == 0,
                "the command's filter at this position");
}

/* n bytes become n + k headers, with a segment for each: at least as many as n bytes fill, at
 * most one for each byte. */
static bool overhead_fits(const struct shaper_filter *filter, int64_t before, int64_t after)
{
    int64_t headers = (after - before) / filter->header_bytes;

    return after >= before && (after - before) % filter->header_bytes == 0 && headers <= before &&
           headers >= (before + filter->segment_bytes - 1) / filter->segment_bytes;
}

static void check_kind(struct filter_pass *pass, const struct shaper_filter *filter,
                       const struct shaper_filter_counts *counts)
{
    struct verification *v = pass->verification;
    int64_t before = (int64_t)counts->sent_before_bytes, after = (int64_t)counts->sent_after_bytes;
    int column = pass->columns[FILTERS_SENT_AFTER];

    switch (filter->kind) {
    case SHAPER_FILTER_OVERHEAD:
        verify_true(v, CHECK_FILTERS, pass->reader, column, overhead_fits(filter, before, after),
                    "what comes before and a header for each segment");
        break;
    case SHAPER_FILTER_DEFLATE:
        verify_true(v, CHECK_FILTERS, pass->reader, column, (after > 0) == (before > 0),
                    "a stream of zlib's, if there is anything to compress");
        break;
    case SHAPER_FILTER_RATELIMIT:
        expect_passed(pass, column, after, before, "it adds and removes nothing");
        break;
    case SHAPER_FILTER_HOOK: /* no option makes one */
        break;
    }
}

static void check_crc(struct filter_pass *pass, const struct shaper_filter_counts *counts)
{
    struct verification *v = pass->verification;
    const char *sent = csv_reader_text(pass->reader, pass->columns[FILTERS_SENT_CRC32]);
    const char *received = csv_reader_text(pass->reader, pass->columns[FILTERS_RECEIVED_CRC32]);
    const struct {
        const char *text;
        int column;
        bool is_empty;
    } crcs[] = {
        {sent, pass->columns[FILTERS_SENT_CRC32], counts->sent_before_bytes == 0},
        {received, pass->columns[FILTERS_RECEIVED_CRC32], counts->received_after_bytes == 0}};

    for (size_t i = 0; i < 2; i++)
        verify_true(v, CHECK_FILTERS, pass->reader, crcs[i].column,
                    strlen(crcs[i].text) == CRC_TEXT_BYTES - 1 &&
                        strspn(crcs[i].text, "0123456789abcdef") == CRC_TEXT_BYTES - 1 &&
                        (!crcs[i].is_empty || strcmp(crcs[i].text, "00000000") == 0),
                    "eight hexadecimal digits, zeros for no bytes");
    if (counts->sent_before_bytes == counts->received_after_bytes)
        verify_true(v, CHECK_FILTERS, pass->reader, pass->columns[FILTERS_RECEIVED_CRC32],
                    strcmp(sent, received) == 0, "what comes out is what went in");
}

/* Between the application and the first filter, or one filter and the next. */
static void check_joints(struct filter_pass *pass, const struct filter_position *place,
                         const struct shaper_filter_counts *above,
                         const struct shaper_filter_counts *counts)
{
    struct verification *v = pass->verification;
    const struct verified_flow *flow = place->flow;
    int d = place->direction;
    int64_t before = (int64_t)counts->sent_before_bytes;
    int64_t after = (int64_t)counts->received_after_bytes;

    if (place->position > 0) {
        verify_equal(v, CHECK_FILTERS, pass->reader, pass->columns[FILTERS_SENT_BEFORE], before,
                     (int64_t)above->sent_after_bytes, "what the filter above passed on");
        verify_true(v, CHECK_FILTERS, pass->reader, pass->columns[FILTERS_RECEIVED_AFTER],
                    v->is_drained ? after == (int64_t)above->received_before_bytes
                                  : after >= (int64_t)above->received_before_bytes,
                    "what the filter above was given");
        return;
    }
    expect_passed(pass, pass->columns[FILTERS_SENT_BEFORE], before, flow->offered_bytes[d],
                  "what flows.csv says was offered");
    verify_true(v, CHECK_FILTERS, pass->reader, pass->columns[FILTERS_RECEIVED_AFTER],
                v->is_drained ? after == flow->delivered_bytes[d]
                              : after >= flow->delivered_bytes[d],
                "what flows.csv says was delivered");
}

static void add_counts(struct verification *v, const struct filter_position *place,
                       const struct shaper_filter_counts *counts)
{
    const struct verified_group *group = moves_last_group(v, place->flow);
    struct shaper_filter_counts *sum =
        &v->filters[group->index].counts[place->position][place->direction];

    sum->sent_before_bytes += counts->sent_before_bytes;
    sum->sent_after_bytes += counts->sent_after_bytes;
    sum->received_before_bytes += counts->received_before_bytes;
    sum->received_after_bytes += counts->received_after_bytes;
}

static void check_row(struct filter_pass *pass, const struct filter_position *place,
                      const struct shaper_filter_counts *above, struct shaper_filter_counts *counts)
{
    const int *columns = pass->columns;
    struct csv_reader *reader = pass->reader;

    *counts = (struct shaper_filter_counts){
        .sent_before_bytes = (uint64_t)csv_reader_count(reader, columns[FILTERS_SENT_BEFORE]),
        .sent_after_bytes = (uint64_t)csv_reader_count(reader, columns[FILTERS_SENT_AFTER]),
        .received_before_bytes =
            (uint64_t)csv_reader_count(reader, columns[FILTERS_RECEIVED_BEFORE]),
        .received_after_bytes =
            (uint64_t)csv_reader_count(reader, columns[FILTERS_RECEIVED_AFTER])};
    check_position(pass, place);
    check_kind(pass, &pass->verification->run->application.filters[place->position], counts);
    check_joints(pass, place, above, counts);
    check_crc(pass, counts);
    expect_passed(pass, columns[FILTERS_RECEIVED_AFTER], (int64_t)counts->received_after_bytes,
                  (int64_t)counts->sent_before_bytes, "no more comes out than went in");
    expect_passed(pass, columns[FILTERS_RECEIVED_BEFORE], (int64_t)counts->received_before_bytes,
                  (int64_t)counts->sent_after_bytes, "no more arrives than was sent");
    add_counts(pass->verification, place, counts);
}

/* The rows of one flow; it is charged for the bytes below the last filter. */
static bool read_flow_rows(struct filter_pass *pass, const struct verified_flow *flow)
{
    struct verification *v = pass->verification;
    size_t filters = v->run->application.filter_count;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct shaper_filter_counts above = {0}, counts = {0};
        for (size_t i = 0; i < filters; i++, above = counts) {
            const struct filter_position place = {.flow = flow, .direction = d, .position = i};
            if (!csv_reader_next(pass->reader)) {
                if (verify_read_well(v, pass->reader))
                    check_fails(v->checks, CHECK_FILTERS,
                                "filters.csv: no rows for flow %lld of flows.csv",
                                (long long)flow->number);
                return false;
            }
            check_row(pass, &place, &above, &counts);
            if (!verify_read_well(v, pass->reader))
                return false;
        }
        charges_set(v, flow, d, (int64_t)counts.received_before_bytes,
                    (int64_t)counts.sent_after_bytes);
    }
    return true;
}

bool verify_filters(struct verification *v)
{
    struct filter_pass pass = {.verification = v};
    bool good = true;

    if (v->run->application.filter_count == 0)
        return true;
    v->filters = verify_allocate(v, "filters.csv", v->group_count, sizeof(*v->filters));
    if (!v->filters)
        return false;
    pass.reader = verify_open(v, run_file_names[RUN_FILTERS]);
    if (!pass.reader)
        return false;
    csv_table_find_each(&filters_table, pass.reader, pass.columns);
    for (const struct verified_flow *flow = v->flows; flow && good; flow = flow->hh.next)
        good = read_flow_rows(&pass, flow);
    return verify_flow_rows_end(v, CHECK_FILTERS, pass.reader, pass.columns[FILTERS_FLOW], good);
}

void verify_filters_free(struct verification *v)
{
    free(v->filters);
}

const struct shaper_filter_counts *filter_totals_of(const struct verification *v,
                                                    const struct verified_group *group,
                                                    size_t position, int direction)
{
    return &v->filters[group->index].counts[position][direction];
}
