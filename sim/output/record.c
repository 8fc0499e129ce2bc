#include "sim/output/record.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/output/csv.h"
#include "sim/output/file_names.h"
#include "sim/output/owned_directory.h"

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
    "write_delay_p50_s,write_delay_p99_s,write_delay_max_s,"
    "read_contended_ticks,read_contended_bytes,read_gps_lag_bytes,read_wfi_bytes,"
    "write_contended_ticks,write_contended_bytes,write_gps_lag_bytes,write_wfi_bytes,weight";

static const char fairness_header[] =
    "time_s,tick,group,direction,window_ticks,flows,limited_flows,bytes,jain";

static const char burst_header[] = "group,flow,direction,stream,measure,x,bytes";

static const char delays_header[] = "group,direction,delay_s,packets";

static const char events_header[] =
    "time_s,tick,group,event,read_bucket_before_bytes,read_bucket_after_bytes,"
    "write_bucket_before_bytes,write_bucket_after_bytes,read_rate_bytes_per_tick,read_burst_bytes,"
    "write_rate_bytes_per_tick,write_burst_bytes,min_share_bytes,flow";

static const char filters_header[] =
    "flow,group,direction,position,filter,sent_before_bytes,sent_after_bytes,"
    "received_before_bytes,received_after_bytes,sent_crc32,received_crc32";

static const char application_header[] =
    "flow,group,held_packets,held_bytes,max_held_bytes,max_held_s,read_timeouts,write_timeouts,"
    "flushed_read_bytes,flushed_written_bytes";

static const char *const headers[RUN_CSV_FILES] = {
    [RUN_TICKS] = ticks_header,
    [RUN_FLOW_TICKS] = flow_ticks_header,
    [RUN_FLOWS] = flows_header,
    [RUN_FAIRNESS] = fairness_header,
    [RUN_BURST] = burst_header,
    [RUN_DELAYS] = delays_header,
    [RUN_EVENTS] = events_header,
    [RUN_FILTERS] = filters_header,
    [RUN_APPLICATION] = application_header,
};

struct record {
    struct csv *parts[RUN_CSV_FILES]; /* NULL: the run has none */
    struct shaped_capture *shaped;    /* likewise */
};

int record_open(struct owned_directory *directory, const struct record_parts *parts,
                struct record **out, char *error)
{
    const bool wanted[RUN_CSV_FILES] = {[RUN_TICKS] = true,
                                        [RUN_FLOW_TICKS] = true,
                                        [RUN_FLOWS] = true,
                                        [RUN_FAIRNESS] = true,
                                        [RUN_BURST] = true,
                                        [RUN_DELAYS] = true,
                                        [RUN_EVENTS] = parts->has_events,
                                        [RUN_FILTERS] = parts->has_filters,
                                        [RUN_APPLICATION] = parts->has_application};
    struct record *record = calloc(1, sizeof(*record));
    int status = SIM_OK;

    if (!record)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", directory->path);
    for (int i = 0; i < RUN_CSV_FILES && status == SIM_OK; i++)
        if (wanted[i])
            status = csv_open(directory, run_file_names[i], headers[i], &record->parts[i], error);
    if (status == SIM_OK && parts->shaped)
        status = shaped_capture_open(directory, parts->shaped, &record->shaped, error);
    if (status != SIM_OK) {
        record_discard(record);
        return status;
    }
    *out = record;
    return SIM_OK;
}

bool record_has_always(size_t index)
{
    return index < RUN_EVENTS;
}

struct shaped_capture *record_shaped(const struct record *record)
{
    return record->shaped;
}

const char *record_known_file(size_t index)
{
    if (index == RUN_CSV_FILES)
        return SHAPED_CAPTURE_FILE;
    return index < RUN_CSV_FILES ? run_file_names[index] : NULL;
}

const char *record_known_header(size_t index)
{
    return index < RUN_CSV_FILES ? headers[index] : NULL;
}

const char *record_file_name(const struct record *record, size_t index)
{
    for (int i = 0; i < RUN_CSV_FILES; i++)
        if (record->parts[i] && index-- == 0)
            return run_file_names[i];
    return record->shaped && index == 0 ? SHAPED_CAPTURE_FILE : NULL;
}

static void put_bytes(struct csv *csv, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    csv_u64(csv, bytes[SHAPER_READ]);
    csv_u64(csv, bytes[SHAPER_WRITE]);
}

void record_tick(struct record *record, const struct tick_row *row)
{
    struct csv *csv = record->parts[RUN_TICKS];

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
    struct csv *csv = record->parts[RUN_FLOW_TICKS];

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

static void put_if(struct csv *csv, bool exists, int64_t value)
{
    if (exists)
        csv_i64(csv, value);
    else
        csv_empty(csv);
}

void record_event(struct record *record, const struct event_row *row)
{
    struct csv *csv = record->parts[RUN_EVENTS];

    csv_time_us(csv, row->time_us);
    csv_i64(csv, row->tick);
    csv_text(csv, row->group);
    csv_text(csv, row->event);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        put_if(csv, row->has_bucket, row->before_bytes[d]);
        put_if(csv, row->has_bucket_after, row->after_bytes[d]);
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        put_if(csv, row->has_limit, row->rate_bytes_per_tick[d]);
        put_if(csv, row->has_limit, row->burst_bytes[d]);
    }
    put_if(csv, row->has_min_share, row->min_share_bytes);
    put_if(csv, row->flow > 0, (int64_t)row->flow);
    csv_end_row(csv);
}

static void put_crc(struct csv *csv, uint32_t crc)
{
    char text[9];

    snprintf(text, sizeof(text), "%08x", (unsigned)crc);
    csv_text(csv, text);
}

void record_filter(struct record *record, const struct filter_row *row)
{
    const struct shaper_filter_counts *counts = row->counts;
    struct csv *csv = record->parts[RUN_FILTERS];

    csv_u64(csv, row->flow);
    csv_text(csv, row->group);
    csv_text(csv, row->direction == SHAPER_READ ? "read" : "write");
    csv_u64(csv, row->position);
    csv_text(csv, row->filter);
    csv_u64(csv, counts->sent_before_bytes);
    csv_u64(csv, counts->sent_after_bytes);
    csv_u64(csv, counts->received_before_bytes);
    csv_u64(csv, counts->received_after_bytes);
    put_crc(csv, counts->sent_crc32);
    put_crc(csv, counts->received_crc32);
    csv_end_row(csv);
}

void record_application(struct record *record, const struct application_row *row)
{
    const struct application_counts *counts = row->counts;
    struct csv *csv = record->parts[RUN_APPLICATION];

    csv_u64(csv, row->flow);
    csv_text(csv, row->group);
    csv_u64(csv, counts->held_packets);
    csv_u64(csv, counts->held_bytes);
    csv_u64(csv, counts->max_held_bytes);
    csv_time_us(csv, counts->max_held_us);
    put_bytes(csv, counts->timeouts);
    put_bytes(csv, counts->flushed_bytes);
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

static void put_flow_fairness(struct csv *csv, const struct fairness_flow_result *result)
{
    for (int column = 0; column < 4 && !result; column++)
        csv_empty(csv);
    if (!result)
        return;
    csv_u64(csv, result->contended_ticks);
    csv_u64(csv, result->contended_bytes);
    csv_u64(csv, result->gps_lag_bytes);
    csv_u64(csv, result->wfi_bytes);
}

void record_flow(struct record *record, const struct flow_row *row,
                 const struct flow_figures *figures)
{
    struct csv *csv = record->parts[RUN_FLOWS];
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
            if (figures->delay_us[d][which] >= 0)
                csv_time_us(csv, figures->delay_us[d][which]);
            else
                csv_empty(csv);
        }
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        put_flow_fairness(csv, figures->is_measured ? &figures->fairness[d] : NULL);
    csv_u64(csv, row->weight);
    csv_end_row(csv);
}

static const char *const direction_names[SHAPER_DIRECTIONS] = {"read", "write"};

void record_fairness(struct record *record, const struct fairness_row *row)
{
    struct csv *csv = record->parts[RUN_FAIRNESS];

    csv_time_us(csv, row->time_us);
    csv_i64(csv, row->tick);
    csv_text(csv, row->group);
    csv_text(csv, direction_names[row->direction]);
    csv_i64(csv, row->window_ticks);
    csv_u64(csv, row->flows);
    csv_u64(csv, row->limited_flows);
    csv_u64(csv, row->bytes);
    csv_ratio(csv, row->jain);
    csv_end_row(csv);
}

void record_burst(struct record *record, const struct burst_row *row)
{
    static const char *const stream_names[BURST_STREAMS] = {"offered", "delivered"};
    struct csv *csv = record->parts[RUN_BURST];

    csv_text(csv, row->group);
    if (row->flow > 0)
        csv_u64(csv, row->flow);
    else
        csv_empty(csv);
    csv_text(csv, direction_names[row->direction]);
    csv_text(csv, stream_names[row->stream]);
    csv_text(csv, row->measure);
    csv_u64(csv, row->x);
    csv_u64(csv, row->bytes);
    csv_end_row(csv);
}

struct delay_rows {
    struct csv *csv;
    const char *group;
    int direction;
};

static void put_delay(void *arg, int64_t delay_us, uint64_t packets)
{
    const struct delay_rows *rows = arg;

    csv_text(rows->csv, rows->group);
    csv_text(rows->csv, direction_names[rows->direction]);
    csv_time_us(rows->csv, delay_us);
    csv_u64(rows->csv, packets);
    csv_end_row(rows->csv);
}

void record_delays(struct record *record, const char *group, enum shaper_direction direction,
                   const struct delay_histogram *delays)
{
    struct delay_rows rows = {
        .csv = record->parts[RUN_DELAYS], .group = group, .direction = (int)direction};

    delay_histogram_each(delays, put_delay, &rows);
}

bool record_failed(const struct record *record)
{
    for (int i = 0; i < RUN_CSV_FILES; i++)
        if (record->parts[i] && csv_failed(record->parts[i]))
            return true;
    return record->shaped && shaped_capture_failed(record->shaped);
}

/* All are closed, even after an error; the first error is reported. */
static void commit_one(struct csv *csv, const char *name, struct recorded_files *files, int *status,
                       char *error)
{
    char other[SIM_ERROR_BYTES] = "";

    if (!csv)
        return;
    struct recorded_file *file = &files->files[files->count++];
    file->name = name;
    csv_print_hash(csv, file->hash);
    if (csv_commit(csv, *status == SIM_OK ? error : other) != SIM_OK)
        *status = SIM_FAILED;
}

static void commit_shaped(struct shaped_capture *shaped, struct recorded_files *files, int *status,
                          char *error)
{
    char other[SIM_ERROR_BYTES] = "";

    if (!shaped)
        return;
    struct recorded_file *file = &files->files[files->count++];
    file->name = SHAPED_CAPTURE_FILE;
    if (shaped_capture_commit(shaped, file->hash, *status == SIM_OK ? error : other) != SIM_OK)
        *status = SIM_FAILED;
}

int record_commit(struct record *record, struct recorded_files *files, char *error)
{
    int status = SIM_OK;

    files->count = 0;
    for (int i = 0; i < RUN_CSV_FILES; i++)
        commit_one(record->parts[i], run_file_names[i], files, &status, error);
    commit_shaped(record->shaped, files, &status, error);
    free(record);
    return status;
}

void record_keep_partial(struct record *record)
{
    for (int i = 0; i < RUN_CSV_FILES; i++)
        csv_keep_partial(record->parts[i]);
    shaped_capture_keep_partial(record->shaped);
    free(record);
}

void record_discard(struct record *record)
{
    if (!record)
        return;
    for (int i = 0; i < RUN_CSV_FILES; i++)
        csv_discard(record->parts[i]);
    shaped_capture_discard(record->shaped);
    free(record);
}
