#include "traces/synth.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "traces/synth_file.h"
#include "traces/synth_frame.h"
#include "traces/synth_random.h"
#include "traces/synth_timing.h"

#define US_PER_S 1000000
#define EPOCH_S  1000000000

enum {
    INITIATOR = SYNTH_FRAME_INITIATOR, /* SYNTH_READ is the direction in which it sends */
    RESPONDER = SYNTH_FRAME_RESPONDER,
    ENDS = SYNTH_FRAME_SENDERS,
};

struct flow {
    struct synth_timer timers[ENDS];
    struct synth_frame_end ends[ENDS];
};

/* The next action of a flow: it starts, or an end sends a data packet. */
struct event {
    uint64_t time_us;
    uint32_t order; /* flow * EVENTS_PER_FLOW + what; the tie-breaker among equal times */
};

enum { EVENT_START, EVENT_INITIATOR, EVENT_RESPONDER, EVENTS_PER_FLOW };

struct synth {
    const struct synth_spec *spec; /* borrowed */
    struct flow *flows;            /* owned, spec->flows of them */
    struct event *heap;            /* owned, the earliest first; room for two per flow */
    size_t heap_count;
    struct synth_timing timing;
    struct synth_frame frame;
    pcap_dumper_t *dumper;
    FILE *file; /* what the dumper writes to */
};

/* ---- the heap of events ---- */

static bool event_before(const struct event *a, const struct event *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

static void heap_push(struct synth *synth, struct event event)
{
    size_t hole = synth->heap_count++;

    while (hole > 0 && event_before(&event, &synth->heap[(hole - 1) / 2])) {
        synth->heap[hole] = synth->heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    synth->heap[hole] = event;
}

/* Replaces the first one with `event`. */
static void heap_replace(struct synth *synth, struct event event)
{
    size_t hole = 0;

    for (size_t child = 1; child < synth->heap_count; child = 2 * hole + 1) {
        if (child + 1 < synth->heap_count &&
            event_before(&synth->heap[child + 1], &synth->heap[child]))
            child++;
        if (!event_before(&synth->heap[child], &event))
            break;
        synth->heap[hole] = synth->heap[child];
        hole = child;
    }
    synth->heap[hole] = event;
}

static void heap_pop(struct synth *synth)
{
    synth->heap_count--;
    if (synth->heap_count > 0)
        heap_replace(synth, synth->heap[synth->heap_count]);
}

/* ---- flows ---- */

static int send_packet(struct synth *synth, uint64_t time_us, uint32_t flow, int sender,
                       uint32_t tcp_flags, uint32_t payload_bytes)
{
    struct pcap_pkthdr record = {
        .ts = {.tv_sec = (time_t)(EPOCH_S + time_us / US_PER_S),
               .tv_usec = (suseconds_t)(time_us % US_PER_S)},
        .len = synth_frame_make(&synth->frame, flow, synth->flows[flow].ends,
                                (enum synth_frame_sender)sender, tcp_flags, payload_bytes),
    };
    record.caplen =
        record.len < synth->spec->snaplen_bytes ? record.len : synth->spec->snaplen_bytes;
    errno = 0;
    pcap_dump((u_char *)synth->dumper, &record, synth->frame.bytes);
    return ferror(synth->file) ? TRACE_ERROR_WRITE : TRACE_OK;
}

static int flow_start(struct synth *synth, uint64_t time_us, uint32_t flow)
{
    int status = TRACE_OK;

    /* The end that sends first is the initiator: an empty datagram precedes the responder's. */
    if (synth->spec->protocol == SYNTH_UDP && synth->spec->direction == SYNTH_READ)
        return TRACE_OK;
    if (synth->spec->protocol == SYNTH_UDP)
        return send_packet(synth, time_us, flow, INITIATOR, 0, 0);
    status = send_packet(synth, time_us, flow, INITIATOR, SYNTH_FRAME_SYN, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, RESPONDER, SYNTH_FRAME_SYN | SYNTH_FRAME_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, INITIATOR, SYNTH_FRAME_ACK, 0);
    return status;
}

static int flow_finish(struct synth *synth, uint32_t flow)
{
    uint64_t time_us = synth->spec->duration_us;
    int status = TRACE_OK;

    if (synth->spec->protocol == SYNTH_UDP)
        return TRACE_OK;
    status = send_packet(synth, time_us, flow, INITIATOR, SYNTH_FRAME_FIN | SYNTH_FRAME_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, RESPONDER, SYNTH_FRAME_FIN | SYNTH_FRAME_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, INITIATOR, SYNTH_FRAME_ACK, 0);
    return status;
}

static int flow_send(struct synth *synth, uint64_t time_us, uint32_t flow, int sender)
{
    const struct synth_frame_end *end = &synth->flows[flow].ends[sender];
    const struct synth_frame_end *other = &synth->flows[flow].ends[!sender];
    uint32_t payload_bytes = synth->spec->packet_bytes;
    int status = TRACE_OK;

    if (synth->spec->protocol == SYNTH_UDP)
        return send_packet(synth, time_us, flow, sender, 0, payload_bytes);
    /* before the window is full: Wireshark marks the packet that fills it */
    if (end->sequence - other->acknowledged + payload_bytes >= other->window_bytes)
        status = send_packet(synth, time_us, flow, !sender, SYNTH_FRAME_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, sender, SYNTH_FRAME_PUSH | SYNTH_FRAME_ACK,
                             payload_bytes);
    return status;
}

/* Sets up all flows and puts their starts into the heap. */
static void flows_init(struct synth *synth)
{
    const struct synth_spec *spec = synth->spec;

    for (uint32_t flow = 0; flow < spec->flows; flow++) {
        uint64_t state = synth_random_init(spec->seed, flow, ENDS);
        uint64_t start_us =
            (uint64_t)((1 - synth_random_uniform(&state)) * (double)spec->spread_us);

        for (uint32_t i = 0; i < ENDS; i++) {
            synth->flows[flow].timers[i] = (struct synth_timer){
                .random_state = synth_random_init(spec->seed, flow, i), .time_us = start_us};
            synth->flows[flow].ends[i].sequence = (uint32_t)(synth_random_next(&state) >> 32);
        }
        heap_push(synth, (struct event){start_us, flow * EVENTS_PER_FLOW + EVENT_START});
    }
}

/* Writes the flow's beginning; timers of the ends that send replace its start in the heap. */
static int run_start(struct synth *synth, struct event event, uint32_t flow)
{
    int status = flow_start(synth, event.time_us, flow);

    heap_pop(synth);
    for (uint32_t i = 0; i < ENDS; i++) {
        struct synth_timer *timer = &synth->flows[flow].timers[i];
        if (synth->spec->direction == (i == INITIATOR ? SYNTH_WRITE : SYNTH_READ))
            continue;
        if (synth_timing_first(&synth->timing, timer))
            heap_push(synth, (struct event){timer->time_us, event.order + EVENT_INITIATOR + i});
    }
    return status;
}

/* Writes an end's next packet; its timer advances to the following one. */
static int run_timer(struct synth *synth, struct event event, uint32_t flow, int sender)
{
    struct synth_timer *timer = &synth->flows[flow].timers[sender];
    int status = flow_send(synth, event.time_us, flow, sender);

    if (synth_timing_next(&synth->timing, timer))
        heap_replace(synth, (struct event){timer->time_us, event.order});
    else
        heap_pop(synth);
    return status;
}

/* Writes all packets in order. */
static int synth_run(struct synth *synth)
{
    int status = TRACE_OK;

    flows_init(synth);
    while (synth->heap_count > 0 && status == TRACE_OK) {
        if (synth->spec->stop && *synth->spec->stop)
            return TRACE_ERROR_WRITE;
        struct event event = synth->heap[0];
        uint32_t flow = event.order / EVENTS_PER_FLOW;
        uint32_t what = event.order % EVENTS_PER_FLOW;

        status = what == EVENT_START ? run_start(synth, event, flow)
                                     : run_timer(synth, event, flow,
                                                 what == EVENT_INITIATOR ? INITIATOR : RESPONDER);
    }
    for (uint32_t flow = 0; flow < synth->spec->flows && status == TRACE_OK; flow++)
        status = flow_finish(synth, flow);
    return status;
}

static void synth_free(struct synth *synth)
{
    if (!synth)
        return;
    free(synth->flows);
    free(synth->heap);
    free(synth);
}

static struct synth *synth_new(const struct synth_spec *spec)
{
    struct synth *synth = calloc(1, sizeof(*synth));

    if (!synth)
        return NULL;
    synth->spec = spec;
    synth->flows = calloc(spec->flows, sizeof(*synth->flows));
    synth->heap = calloc(spec->flows, ENDS * sizeof(*synth->heap));
    if (!synth->flows || !synth->heap) {
        synth_free(synth);
        return NULL;
    }
    synth_timing_init(&synth->timing, spec);
    synth_frame_init(&synth->frame, spec);
    return synth;
}

/* ---- files ---- */

/* Passes the file to libpcap, writes the capture and closes it, on failure too. */
static int synth_write_file(struct synth *synth, const struct single_file *out, char *error)
{
    const char *name = out->name;
    int status = TRACE_OK;
    pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)synth->spec->snaplen_bytes,
                                                        PCAP_TSTAMP_PRECISION_MICRO);

    if (!pcap) {
        fclose(out->stream);
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory to write %s", name);
    }
    synth->file = out->stream;
    synth->dumper = pcap_dump_fopen(pcap, out->stream);
    if (!synth->dumper) { /* libpcap has closed the file */
        status =
            trace_fail(error, TRACE_ERROR_WRITE, "cannot write %s: %s", name, pcap_geterr(pcap));
        pcap_close(pcap);
        return status;
    }

    errno = 0;
    status = synth_run(synth);
    if (status == TRACE_OK && pcap_dump_flush(synth->dumper) != 0)
        status = TRACE_ERROR_WRITE;
    /* pcap_dump_close() reports no error; closing a copy of the descriptor reports the same ones */
    if (status == TRACE_OK) {
        int copy = dup(out->fd);
        if (copy < 0 || close(copy) != 0)
            status = TRACE_ERROR_WRITE;
    }
    if (status != TRACE_OK)
        trace_fail(error, TRACE_ERROR_WRITE, "cannot write %s: %s", name, strerror(errno));
    pcap_dump_close(synth->dumper);
    pcap_close(pcap);
    return status;
}

static int write_file(struct synth *synth, const char *path, char *error)
{
    struct single_file file;
    int status = single_file_begin(&file, &synth_file_kind, path, error);

    if (status != TRACE_OK)
        return status;
    status = synth_write_file(synth, &file, error);
    return single_file_end(&file, status, error);
}

/* ---- the interface ---- */

int synth_write(const struct synth_spec *spec, const char *path, char *error)
{
    int status = synth_spec_check(spec, error);

    if (status != TRACE_OK)
        return status;
    struct synth *synth = synth_new(spec);
    if (!synth)
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory for %" PRIu32 " flows",
                          spec->flows);

    status = write_file(synth, path, error);
    synth_free(synth);
    return status;
}
