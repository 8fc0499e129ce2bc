#include "tests/program/run_filters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/program/csv_reader.h"

static struct flow_bytes *flows; /* by number, from 1 */
static int64_t flow_numbers;

static struct flow_bytes *of_row(const struct csv_reader *csv)
{
    int64_t number = csv_reader_integer(csv, "flow");

    flows = csv_reader_room_for_flow(csv, number, flows, &flow_numbers, sizeof(*flows));
    return &flows[number];
}

static struct csv_reader *open_if_there(const char *directory, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0 ? csv_reader_open(directory, name) : NULL;
}

/* What the filter above the row's has passed on, and was given from below. */
struct above {
    int64_t sent_after, received_before;
};

static void check_row(const struct csv_reader *csv, bool drained)
{
    int64_t sent = csv_reader_integer(csv, "sent_after_bytes");
    int64_t received = csv_reader_integer(csv, "received_before_bytes");
    int64_t in = csv_reader_integer(csv, "sent_before_bytes");
    int64_t out = csv_reader_integer(csv, "received_after_bytes");
    char sent_crc[16];

    if (received > sent || out > in)
        csv_reader_fail(csv, "received <= sent does not hold");
    if (drained && (received != sent || out != in))
        csv_reader_fail(csv, "all that was sent was received does not hold, the run drained");
    if (strcmp(csv_reader_text(csv, "filter"), "overhead") == 0 && (sent < in || received < out))
        csv_reader_fail(csv, "overhead takes nothing away");
    if (strcmp(csv_reader_text(csv, "filter"), "ratelimit") == 0 && (sent > in || received != out))
        csv_reader_fail(csv, "ratelimit adds nothing");
    snprintf(sent_crc, sizeof(sent_crc), "%s", csv_reader_text(csv, "sent_crc32"));
    if (in == out && strcmp(sent_crc, csv_reader_text(csv, "received_crc32")) != 0)
        csv_reader_fail(csv, "the CRC of what went in is that of what came out");
}

static void check_filter_row(const struct csv_reader *csv, size_t filters, int64_t row,
                             bool drained, struct above *above)
{
    struct flow_bytes *flow = of_row(csv);
    size_t position = (size_t)csv_reader_integer(csv, "position");
    bool is_write = strcmp(csv_reader_text(csv, "direction"), "write") == 0;
    int64_t in = csv_reader_integer(csv, "sent_before_bytes");
    int64_t out = csv_reader_integer(csv, "received_after_bytes");

    if (position != (size_t)row % filters || is_write != ((size_t)row / filters % 2 == 1))
        csv_reader_fail(csv, "rows are a flow's filters in order, read before write");
    check_row(csv, drained);
    if (position == 0) {
        flow->is_filtered = true;
        flow->sent[is_write] = in;
        flow->received[is_write] = out;
    } else if (in != above->sent_after || out != above->received_before) {
        csv_reader_fail(csv, "what the filter above passes on is what this is given");
    }
    above->sent_after = csv_reader_integer(csv, "sent_after_bytes");
    above->received_before = csv_reader_integer(csv, "received_before_bytes");
    flow->below[is_write] = above->received_before;
}

static void read_filters(const char *directory, size_t filters, bool drained)
{
    struct csv_reader *csv = open_if_there(directory, "filters.csv");
    struct above above = {0};

    if (!csv)
        return;
    for (int64_t row = 0; csv_reader_next(csv); row++)
        check_filter_row(csv, filters, row, drained, &above);
    csv_reader_free(csv);
}

static void read_application(const char *directory)
{
    struct csv_reader *csv = open_if_there(directory, "application.csv");

    if (!csv)
        return;
    while (csv_reader_next(csv)) {
        struct flow_bytes *flow = of_row(csv);
        int64_t packets = csv_reader_integer(csv, "held_packets");
        int64_t held = csv_reader_integer(csv, "held_bytes");
        int64_t most = csv_reader_integer(csv, "max_held_bytes");
        if (packets > held || most > held || (packets == 0) != (most == 0))
            csv_reader_fail(csv, "held packets, bytes and their maximum do not agree");
        flow->flushed[0] = csv_reader_integer(csv, "flushed_read_bytes");
        flow->flushed[1] = csv_reader_integer(csv, "flushed_written_bytes");
    }
    csv_reader_free(csv);
}

void run_filters_read(const char *directory, size_t filters, bool drained)
{
    if (filters > 0)
        read_filters(directory, filters, drained);
    read_application(directory);
}

void run_filters_free(void)
{
    free(flows);
}

const struct flow_bytes *run_filters_of(int64_t flow)
{
    static const struct flow_bytes none;

    return flow < flow_numbers ? &flows[flow] : &none;
}
