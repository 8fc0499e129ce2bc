#include "sim/verify/verify_application.h"

#include <stdlib.h>
#include <string.h>

#include "sim/verify/verify_charges.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

/* Of a group. */
struct application_totals {
    struct application_counts counts;
};

struct application_columns {
    int flow, group, held_packets, held_bytes, max_held_bytes, max_held;
    int timeouts[SHAPER_DIRECTIONS], flushed[SHAPER_DIRECTIONS];
};

struct application_pass {
    struct verification *verification;
    struct csv_reader *reader;
    struct application_columns columns;
};

static void find_columns(struct csv_reader *reader, struct application_columns *columns)
{
    columns->flow = csv_table_find(&application_table, APPLICATION_FLOW, SHAPER_READ, reader);
    columns->group = csv_table_find(&application_table, APPLICATION_GROUP, SHAPER_READ, reader);
    columns->held_packets =
        csv_table_find(&application_table, APPLICATION_HELD_PACKETS, SHAPER_READ, reader);
    columns->held_bytes =
        csv_table_find(&application_table, APPLICATION_HELD_BYTES, SHAPER_READ, reader);
    columns->max_held_bytes =
        csv_table_find(&application_table, APPLICATION_MAX_HELD_BYTES, SHAPER_READ, reader);
    columns->max_held =
        csv_table_find(&application_table, APPLICATION_MAX_HELD, SHAPER_READ, reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->timeouts[d] =
            csv_table_find(&application_table, APPLICATION_READ_TIMEOUTS, d, reader);
        columns->flushed[d] =
            csv_table_find(&application_table, APPLICATION_FLUSHED_READ, d, reader);
    }
}

static void read_counts(struct application_pass *pass, struct application_counts *counts)
{
    const struct application_columns *columns = &pass->columns;
    struct csv_reader *reader = pass->reader;

    counts->held_packets = (uint64_t)csv_reader_count(reader, columns->held_packets);
    counts->held_bytes = (uint64_t)csv_reader_count(reader, columns->held_bytes);
    counts->max_held_bytes = (uint64_t)csv_reader_count(reader, columns->max_held_bytes);
    counts->max_held_us = csv_reader_time_us(reader, columns->max_held);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        counts->timeouts[d] = (uint64_t)csv_reader_count(reader, columns->timeouts[d]);
        counts->flushed_bytes[d] = (uint64_t)csv_reader_count(reader, columns->flushed[d]);
    }
}

static void check_held(struct application_pass *pass, const struct verified_flow *flow,
                       const struct application_counts *counts)
{
    struct verification *v = pass->verification;
    const struct application_columns *columns = &pass->columns;
    bool may_hold = v->run->application.write_high_bytes > 0;
    uint64_t offered = (uint64_t)flow->offered_bytes[SHAPER_WRITE];

    verify_true(v, CHECK_APPLICATION, pass->reader, columns->held_packets,
                counts->held_packets <= (may_hold ? flow->packets : 0),
                "packets of the flow, held by --write-high");
    verify_true(
        v, CHECK_APPLICATION, pass->reader, columns->held_bytes,
        counts->held_bytes >= counts->held_packets &&
            (counts->held_bytes > 0) == (counts->held_packets > 0) &&
            (!v->is_drained || flow->close == VERIFIED_EOF || counts->held_bytes <= offered),
        "a byte or more for each packet, offered later");
    verify_true(v, CHECK_APPLICATION, pass->reader, columns->max_held_bytes,
                counts->max_held_bytes <= counts->held_bytes &&
                    (counts->max_held_bytes > 0) == (counts->held_bytes > 0),
                "the most at once is at most all that was held");
    verify_true(v, CHECK_APPLICATION, pass->reader, columns->max_held,
                counts->max_held_us <= (counts->held_packets ? flow->end_us - flow->start_us : 0),
                "no longer than the flow, and only where something was held");
}

/* The least time between two timeouts of a flow. */
static void check_timeouts(struct application_pass *pass, const struct verified_flow *flow,
                           const struct application_counts *counts, int d)
{
    struct verification *v = pass->verification;
    int64_t timeout_us = v->run->application.timeout_us[d];
    int64_t most = timeout_us > 0 ? (flow->end_us - flow->start_us) / timeout_us : 0;

    verify_true(v, CHECK_APPLICATION, pass->reader, pass->columns.timeouts[d],
                counts->timeouts[d] <= (uint64_t)most, "silences as long as the timeout");
}

/* Only a flush on a pair moves bytes; they bypass the limits and are not charged. */
static void check_flushed(struct application_pass *pass, const struct verified_flow *flow,
                          const struct application_counts *counts, int d)
{
    struct verification *v = pass->verification;
    enum shaper_flush flush = v->run->application.flush;
    bool drives = v->run->transport == SHAPER_TRANSPORT_PAIR && flush != SHAPER_FLUSH_NONE &&
                  flush != SHAPER_FLUSH_NORMAL;
    int64_t flushed = (int64_t)counts->flushed_bytes[d];

    verify_true(v, CHECK_APPLICATION, pass->reader, pass->columns.flushed[d],
                flushed <= (drives ? charges_of_flow(v, flow)->least_bytes[d] : 0),
                "delivered below all filters, by --flush on a pair");
    charges_subtract(v, flow, d, flushed);
}

static void add_counts(struct application_counts *sum, const struct application_counts *more)
{
    sum->held_packets += more->held_packets;
    sum->held_bytes += more->held_bytes;
    if (more->max_held_bytes > sum->max_held_bytes)
        sum->max_held_bytes = more->max_held_bytes;
    if (more->max_held_us > sum->max_held_us)
        sum->max_held_us = more->max_held_us;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        sum->timeouts[d] += more->timeouts[d];
        sum->flushed_bytes[d] += more->flushed_bytes[d];
    }
}

static bool read_flow_rows(struct application_pass *pass, const struct verified_flow *flow)
{
    struct verification *v = pass->verification;
    const struct application_columns *columns = &pass->columns;
    struct application_counts counts;

    if (!csv_reader_next(pass->reader)) {
        if (verify_read_well(v, pass->reader))
            check_fails(v->checks, CHECK_APPLICATION,
                        "application.csv: no row for flow %lld of flows.csv",
                        (long long)flow->number);
        return false;
    }
    verify_equal(v, CHECK_APPLICATION, pass->reader, columns->flow,
                 csv_reader_count(pass->reader, columns->flow), flow->number,
                 "rows come as in flows.csv");
    verify_true(v, CHECK_APPLICATION, pass->reader, columns->group,
                strcmp(csv_reader_text(pass->reader, columns->group), flow->group->name) == 0,
                "the flow's group in flows.csv");
    read_counts(pass, &counts);
    check_held(pass, flow, &counts);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_timeouts(pass, flow, &counts, d);
        check_flushed(pass, flow, &counts, d);
    }
    add_counts(&v->application[moves_last_group(v, flow)->index].counts, &counts);
    return verify_read_well(v, pass->reader);
}

static bool read_rows(struct verification *v)
{
    struct application_pass pass = {.verification = v};
    bool good = true;

    pass.reader = verify_open(v, run_file_names[RUN_APPLICATION]);
    if (!pass.reader)
        return false;
    find_columns(pass.reader, &pass.columns);
    for (const struct verified_flow *flow = v->flows; flow && good; flow = flow->hh.next)
        good = read_flow_rows(&pass, flow);
    return verify_flow_rows_end(v, CHECK_APPLICATION, pass.reader, pass.columns.flow, good);
}

bool verify_application(struct verification *v)
{
    v->application = verify_allocate(v, "application.csv", v->group_count, sizeof(*v->application));
    if (!v->application)
        return false;
    return !application_is_recorded(&v->run->application) || read_rows(v);
}

void verify_application_free(struct verification *v)
{
    free(v->application);
}

const struct application_counts *application_totals_of(const struct verification *v,
                                                       const struct verified_group *group)
{
    return &v->application[group->index].counts;
}
