#include "sim/record.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/csv.h"

static const char ticks_header[] =
    "time_s,tick,group,members,backlogged_flows,"
    "read_bucket_start_bytes,read_bucket_end_bytes,write_bucket_start_bytes,write_bucket_end_bytes,"
    "read_bytes,written_bytes,total_read_bytes,total_written_bytes,"
    "read_backlog_bytes,write_backlog_bytes";

static const char flow_ticks_header[] =
    "time_s,tick,group,flow,read_bucket_bytes,write_bucket_bytes,"
    "read_bytes,written_bytes,read_backlog_bytes,write_backlog_bytes";

static const char flows_header[] =
    "flow,group,protocol,initiator_address,initiator_port,responder_address,responder_port,"
    "start_s,end_s,close,packets,offered_read_bytes,read_bytes,offered_written_bytes,written_bytes,"
    "max_read_backlog_bytes,max_write_backlog_bytes,"
    "read_delay_p50_s,read_delay_p99_s,read_delay_max_s,"
    "write_delay_p50_s,write_delay_p99_s,write_delay_max_s";

static const char events_header[] =
    "time_s,tick,group,event,read_bucket_before_bytes,read_bucket_after_bytes,"
    "write_bucket_before_bytes,write_bucket_after_bytes,read_rate_bytes_per_tick,read_burst_bytes,"
    "write_rate_bytes_per_tick,write_burst_bytes,min_share_bytes";

struct record {
    struct csv *ticks;
    struct csv *flow_ticks;
    struct csv *flows;
    struct csv *events; /* NULL without */
};

int record_open(const char *directory, bool has_events, struct record **out, char *error)
{
    struct record *record = calloc(1, sizeof(*record));
    int status;

    if (!record)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", directory);
    status = csv_open(directory, "ticks.csv", ticks_header, &record->ticks, error);
    if (status == SIM_OK)
        status =
            csv_open(directory, "flow_ticks.csv", flow_ticks_header, &record->flow_ticks, error);
    if (status == SIM_OK)
        status = csv_open(directory, "flows.csv", flows_header, &record->flows, error);
    if (status == SIM_OK && has_events)
        status = csv_open(directory, "events.csv", events_header, &record->events, error);
    if (status != SIM_OK) {
        record_discard(record);
        return status;
    }
    *out = record;
    return SIM_OK;
}

static void put_bytes(struct csv *csv, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    csv_u64(csv, bytes[SHAPER_READ]);
    csv_u64(csv, bytes[SHAPER_WRITE]);
}

void record_tick(struct record *record, const struct tick_row *row)
{
    struct csv *csv = record->ticks;

    csv_time_us(csv, row->time_us);
    csv_i64(csv, row->tick);
    csv_text(csv, row->group);
    csv_u64(csv, row->members);
    csv_u64(csv, row->backlogged_flows);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (row->has_bucket) {
            csv_i64(csv, row->start_bytes[d]);
            csv_i64(csv, row->end_bytes[d]);
        } else {
            csv_empty(csv);
            csv_empty(csv);
        }
    }
    put_bytes(csv, row->bytes);
    put_bytes(csv, row->total_bytes);
    put_bytes(csv, row->backlog_bytes);
    csv_end_row(csv);
}

void record_flow_tick(struct record *record, const struct flow_tick_row *row)
{
    struct csv *csv = record->flow_ticks;

    csv_time_us(csv, row->time_us);
    csv_i64(csv, row->tick);
    csv_text(csv, row->group);
    csv_u64(csv, row->flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (row->has_bucket)
            csv_i64(csv, row->bucket_bytes[d]);
        else
            csv_empty(csv);
    }
    put_bytes(csv, row->bytes);
    put_bytes(csv, row->backlog_bytes);
    csv_end_row(csv);
}

void record_event(struct record *record, const struct event_row *row)
{
    struct csv *csv = record->events;

    csv_time_us(csv, row->time_us);
    csv_i64(csv, row->tick);
    csv_text(csv, row->group);
    csv_text(csv, row->event);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        csv_i64(csv, row->before_bytes[d]);
        csv_i64(csv, row->after_bytes[d]);
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        csv_i64(csv, row->rate_bytes_per_tick[d]);
        csv_i64(csv, row->burst_bytes[d]);
    }
    csv_i64(csv, row->min_share_bytes);
    csv_end_row(csv);
}

const char *protocol_name(uint8_t protocol, char *scratch)
{
    switch (protocol) {
    case 1:
        return "icmp";
    case PROTOCOL_TCP:
        return "tcp";
    case PROTOCOL_UDP:
        return "udp";
    case 58:
        return "icmpv6";
    case PROTOCOL_SCTP:
        return "sctp";
    default:
        snprintf(scratch, 4, "%u", (unsigned)protocol);
        return scratch;
    }
}

void address_print(char *text, uint8_t ip_version, const struct endpoint *endpoint)
{
    inet_ntop(ip_version == 4 ? AF_INET : AF_INET6, endpoint->address, text, ADDRESS_TEXT_BYTES);
}

static void put_endpoint(struct csv *csv, uint8_t ip_version, const struct endpoint *endpoint)
{
    char address[ADDRESS_TEXT_BYTES];

    address_print(address, ip_version, endpoint);
    csv_text(csv, address);
    csv_u64(csv, endpoint->port);
}

void record_flow(struct record *record, const struct flow_row *row)
{
    struct csv *csv = record->flows;
    char scratch[4];

    csv_u64(csv, row->flow);
    csv_text(csv, row->group);
    csv_text(csv, protocol_name(row->protocol, scratch));
    put_endpoint(csv, row->ip_version, &row->initiator);
    put_endpoint(csv, row->ip_version, &row->responder);
    csv_time_us(csv, row->start_us);
    csv_time_us(csv, row->end_us);
    csv_text(csv, row->close);
    csv_u64(csv, row->packets);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        csv_u64(csv, row->offered_bytes[d]);
        csv_u64(csv, row->delivered_bytes[d]);
    }
    put_bytes(csv, row->max_backlog_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        for (int which = 0; which < 3; which++) {
            if (row->delay_us[d][which] >= 0)
                csv_time_us(csv, row->delay_us[d][which]);
            else
                csv_empty(csv);
        }
    }
    csv_end_row(csv);
}

bool record_failed(const struct record *record)
{
    return csv_failed(record->ticks) || csv_failed(record->flow_ticks) ||
           csv_failed(record->flows) || (record->events && csv_failed(record->events));
}

/* All are closed, whatever happens; the first error is the one to tell. */
static void commit_one(struct csv *csv, const char *name, struct recorded_files *files, int *status,
                       char *error)
{
    char other[SIM_ERROR_BYTES];

    if (!csv)
        return;
    struct recorded_file *file = &files->files[files->count++];
    file->name = name;
    csv_print_hash(csv, file->hash);
    if (csv_commit(csv, *status == SIM_OK ? error : other) != SIM_OK)
        *status = SIM_FAILED;
}

int record_commit(struct record *record, struct recorded_files *files, char *error)
{
    int status = SIM_OK;

    files->count = 0;
    commit_one(record->ticks, "ticks.csv", files, &status, error);
    commit_one(record->flow_ticks, "flow_ticks.csv", files, &status, error);
    commit_one(record->flows, "flows.csv", files, &status, error);
    commit_one(record->events, "events.csv", files, &status, error);
    free(record);
    return status;
}

void record_keep_partial(struct record *record)
{
    csv_keep_partial(record->ticks);
    csv_keep_partial(record->flow_ticks);
    csv_keep_partial(record->flows);
    csv_keep_partial(record->events);
    free(record);
}

void record_discard(struct record *record)
{
    if (!record)
        return;
    csv_discard(record->ticks);
    csv_discard(record->flow_ticks);
    csv_discard(record->flows);
    csv_discard(record->events);
    free(record);
}
