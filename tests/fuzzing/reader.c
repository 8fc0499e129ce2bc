/*
 * The whole reader on any bytes: unpacking, libpcap, decoding, flows. The input is the file; its
 * last byte also says with which options it is read.
 */
#include <string.h>

#include "tests/fuzzing/fuzzing.h"
#include "traces/flow_source.h"
#include "traces/trace.h"

/* The stage of a flow, in its `user`. */
static char is_open, is_closed;

struct reading {
    int64_t now_us;
    uint64_t packets, flows, closed, retired, bytes;
    uint64_t tcp_bytes, tcp_new_bytes; /* payload */
    enum count_mode count;
    uint64_t copies; /* of each flow */
    unsigned sum;    /* of the content, so that all of it is touched */
};

static struct flow_source_options options_of(uint8_t byte)
{
    return (struct flow_source_options){
        .filter = byte % 16 == 8 ? "tcp or udp port 53 or ip[8] > 3 or vlan" : NULL,
        .responder = byte % 16 == 9 ? "src port 80 or dst port 8443 or ip6" : NULL,
        .count = (enum count_mode)(byte % 4),
        .idle_timeout_us = byte & 16 ? 1000 : INT64_C(300000000),
        .max_gap_us = byte & 32 ? 500 : 0,
        .max_flows = byte & 64 ? 1 + byte % 4 : 0,
        .decapsulate = byte >= 128,
        .schedule = {.copies = byte % 16 < 12 ? 1 : 3,
                     .spread_us = byte % 16 < 14 ? 0 : 2000,
                     .speed_milli = byte % 16 == 10 || byte % 16 == 12   ? 300
                                    : byte % 16 == 11 || byte % 16 == 13 ? 50000
                                                                         : 1000,
                     .keeps_frames = byte & 16,
                     .keeps_content = byte & 32},
    };
}

static void check_packet(struct reading *reading, const struct flow_event *event)
{
    if (event->opens_flow) {
        fuzz_holds(!*event->user, "a flow opens once");
        *event->user = &is_open;
        fuzz_holds(event->flow->number == ++reading->flows, "flows are numbered from 1");
    }
    fuzz_holds(*event->user, "packets belong to flows");
    fuzz_holds(event->content_bytes <= event->bytes, "no more content than was counted");
    for (uint32_t i = 0; i < event->content_bytes; i++)
        reading->sum += event->content[i];
    fuzz_holds(event->new_bytes <= event->payload_bytes, "no more is new than there is");
    fuzz_holds(event->is_tcp || event->new_bytes == event->payload_bytes,
               "without TCP all of it is new");
    fuzz_holds(reading->count != COUNT_STREAM || event->bytes == event->new_bytes,
               "a stream is what is new");
    if (event->is_tcp) {
        reading->tcp_bytes += event->payload_bytes;
        reading->tcp_new_bytes += event->new_bytes;
    }
    reading->packets++;
    reading->bytes += event->bytes;
}

static void check_event(struct reading *reading, const struct flow_event *event)
{
    fuzz_holds(event->time_us >= reading->now_us, "time never falls");
    reading->now_us = event->time_us;
    switch (event->kind) {
    case FLOW_EVENT_PACKET:
        check_packet(reading, event);
        break;
    case FLOW_EVENT_CLOSE:
        fuzz_holds(*event->user == &is_open, "what closes was open");
        *event->user = &is_closed;
        reading->closed++;
        break;
    case FLOW_EVENT_RETIRE:
        fuzz_holds(*event->user == &is_closed, "what retires was closed");
        reading->retired++;
        break;
    }
}

static void check_counts(const struct flow_source_counts *counts, const struct reading *reading)
{
    uint64_t skipped = 0, decided = 0, copies = reading->copies;

    for (int reason = 0; reason < SKIP_REASONS; reason++)
        skipped += counts->skipped[reason];
    fuzz_holds(counts->replayed + skipped == counts->packets, "every packet is counted once");
    fuzz_holds(copies * counts->replayed == reading->packets &&
                   copies * counts->flows == reading->flows &&
                   copies * counts->bytes == reading->bytes,
               "the counts are those of the events");
    for (int rule = 0; rule < RESPONDER_RULES; rule++)
        decided += counts->responder_rules[rule];
    fuzz_holds(decided == counts->flows, "every flow has a responder by one rule");
    fuzz_holds(copies * counts->tcp_payload_bytes == reading->tcp_bytes &&
                   copies * (counts->retransmitted_bytes + counts->duplicate_bytes) ==
                       reading->tcp_bytes - reading->tcp_new_bytes,
               "what is not new was sent again or captured twice");
    fuzz_holds(reading->closed == reading->flows && reading->retired == reading->flows,
               "every flow ends");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;
    char error[TRACE_ERROR_BYTES], hash[BYTE_SOURCE_HASH_BYTES];
    struct flow_source *source;
    struct flow_event event;
    struct reading reading = {0};
    int status;

    if (file.fd == 0)
        fuzz_file_new(&file);
    fuzz_file_write(&file, data, size);
    const struct flow_source_options options = options_of(size ? data[size - 1] : 0);
    if (flow_source_open(file.path, &options, &source, error) != TRACE_OK)
        return 0;
    reading.count = options.count;
    reading.copies = (uint64_t)options.schedule.copies;
    while ((status = flow_source_next(source, &event, error)) == TRACE_OK)
        check_event(&reading, &event);
    if (status == TRACE_END)
        check_counts(flow_source_counts(source), &reading);
    else
        fuzz_holds(strlen(error) > 0 && !strchr(error, '\n'), "an error is one line");
    flow_source_hash(source, hash, error);
    flow_source_free(source);
    return 0;
}
