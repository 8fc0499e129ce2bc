#include "sim/output/record.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/output/csv.h"
#include "sim/output/file_names.h"
#include "sim/output/owned_directory.h"
#include "sim/output/run_tables.h"

struct record {
    struct csv *parts[RUN_CSV_FILES]; /* NULL: the run has none */
    bool compresses;
    struct shaped_capture *shaped; /* likewise */
    struct instant {               /* of exchanges that have ended: their rows are not written */
        int64_t time_us;
        struct exchange_row *rows;
        size_t count, room;
    } instant;
};

static const char *name_of(const struct record *record, int file)
{
    return run_file_names[record->compresses ? RUN_COMPRESSED + file : file];
}

/* Creates the file with its header row. */
static int open_part(struct record *record, struct owned_directory *directory, int file,
                     char *error)
{
    char header[CSV_TABLE_HEADER_BYTES];

    csv_table_header(run_tables[file], header);
    return csv_open(directory, name_of(record, file), header, &record->parts[file], error);
}

static bool is_kept(const struct record_parts *parts, int file)
{
    bool has_ticks = file == RUN_TICKS || file == RUN_FLOW_TICKS;

    return !parts->lacks_tables && !(parts->lacks_ticks && has_ticks);
}

int record_open(struct owned_directory *directory, const struct record_parts *parts,
                struct record **out, char *error)
{
    const bool wanted[RUN_CSV_FILES] = {[RUN_TICKS] = true,
                                        [RUN_FLOW_TICKS] = true,
                                        [RUN_FLOWS] = true,
                                        [RUN_FAIRNESS] = true,
                                        [RUN_BURST] = true,
                                        [RUN_DELAYS] = true,
                                        [RUN_DELAYS_TIME] = true,
                                        [RUN_EVENTS] = parts->has_events,
                                        [RUN_FILTERS] = parts->has_filters,
                                        [RUN_APPLICATION] = parts->has_application,
                                        [RUN_EXCHANGES] = parts->has_exchanges};
    struct record *record = calloc(1, sizeof(*record));
    int status = SIM_OK;

    if (!record)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", directory->path);
    record->compresses = parts->compresses;
    for (int i = 0; i < RUN_CSV_FILES && status == SIM_OK; i++)
        if (wanted[i] && is_kept(parts, i))
            status = open_part(record, directory, i, error);
    if (status == SIM_OK && parts->shaped)
        status = shaped_capture_open(directory, parts->shaped, &record->shaped, error);
    if (status != SIM_OK) {
        record_discard(record);
        return status;
    }
    *out = record;
    return SIM_OK;
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

const char *record_file_name(const struct record *record, size_t index)
{
    for (int i = 0; i < RUN_CSV_FILES; i++)
        if (record->parts[i] && index-- == 0)
            return name_of(record, i);
    return record->shaped && index == 0 ? SHAPED_CAPTURE_FILE : NULL;
}

static void write_row(struct record *record, enum run_file file, const void *row)
{
    if (record->parts[file])
        csv_table_write(run_tables[file], row, record->parts[file]);
}

void record_tick(struct record *record, const struct tick_row *row)
{
    write_row(record, RUN_TICKS, row);
}

void record_flow_tick(struct record *record, const struct flow_tick_row *row)
{
    write_row(record, RUN_FLOW_TICKS, row);
}

void record_event(struct record *record, const struct event_row *row)
{
    write_row(record, RUN_EVENTS, row);
}

void record_filter(struct record *record, const struct filter_row *row)
{
    write_row(record, RUN_FILTERS, row);
}

void record_application(struct record *record, const struct application_row *row)
{
    write_row(record, RUN_APPLICATION, row);
}

static int by_flow(const void *a, const void *b)
{
    const struct exchange_row *x = a, *y = b;

    if (x->flow != y->flow)
        return x->flow < y->flow ? -1 : 1;
    return x->exchange < y->exchange ? -1 : x->exchange > y->exchange;
}

static void end_instant(struct record *record)
{
    struct instant *instant = &record->instant;

    if (instant->count > 1)
        qsort(instant->rows, instant->count, sizeof(*instant->rows), by_flow);
    for (size_t i = 0; i < instant->count; i++)
        write_row(record, RUN_EXCHANGES, &instant->rows[i]);
    instant->count = 0;
}

int record_exchange(struct record *record, int64_t now_us, const struct exchange_row *row)
{
    struct instant *instant = &record->instant;

    if (now_us != instant->time_us)
        end_instant(record);
    instant->time_us = now_us;
    if (instant->count == instant->room) {
        size_t room = instant->room ? 2 * instant->room : 8;
        struct exchange_row *rows = reallocarray(instant->rows, room, sizeof(*rows));
        if (!rows)
            return -1;
        instant->rows = rows;
        instant->room = room;
    }
    instant->rows[instant->count++] = *row;
    return 0;
}

static void free_record(struct record *record)
{
    free(record->instant.rows);
    free(record);
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

void record_flow(struct record *record, const struct flow_row *row,
                 const struct flow_figures *figures)
{
    char scratch[4], initiator[ADDRESS_TEXT_BYTES], responder[ADDRESS_TEXT_BYTES];
    const struct flow_line line = {.flow = *row,
                                   .figures = *figures,
                                   .protocol = protocol_name(row->protocol, scratch),
                                   .initiator_address = initiator,
                                   .responder_address = responder};

    address_print(initiator, row->ip_version, &row->initiator);
    address_print(responder, row->ip_version, &row->responder);
    write_row(record, RUN_FLOWS, &line);
}

void record_fairness(struct record *record, const struct fairness_row *row)
{
    write_row(record, RUN_FAIRNESS, row);
}

void record_burst(struct record *record, const struct burst_row *row)
{
    write_row(record, RUN_BURST, row);
}

void record_delay_second(struct record *record, const struct delay_second_row *row)
{
    write_row(record, RUN_DELAYS_TIME, row);
}

struct delay_rows {
    struct record *record;
    const char *group;
    enum shaper_direction direction;
};

static void write_delay(void *arg, int64_t delay_us, uint64_t packets)
{
    const struct delay_rows *rows = arg;
    const struct delay_row row = {.group = rows->group,
                                  .direction = rows->direction,
                                  .delay_us = delay_us,
                                  .packets = packets};

    write_row(rows->record, RUN_DELAYS, &row);
}

void record_delays(struct record *record, const char *group, enum shaper_direction direction,
                   const struct delay_histogram *delays)
{
    struct delay_rows rows = {.record = record, .group = group, .direction = direction};

    delay_histogram_each(delays, write_delay, &rows);
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
    end_instant(record);
    for (int i = 0; i < RUN_CSV_FILES; i++)
        commit_one(record->parts[i], name_of(record, i), files, &status, error);
    commit_shaped(record->shaped, files, &status, error);
    free_record(record);
    return status;
}

void record_keep_partial(struct record *record)
{
    end_instant(record);
    for (int i = 0; i < RUN_CSV_FILES; i++)
        csv_keep_partial(record->parts[i]);
    shaped_capture_keep_partial(record->shaped);
    free_record(record);
}

void record_discard(struct record *record)
{
    if (!record)
        return;
    for (int i = 0; i < RUN_CSV_FILES; i++)
        csv_discard(record->parts[i]);
    shaped_capture_discard(record->shaped);
    free_record(record);
}
