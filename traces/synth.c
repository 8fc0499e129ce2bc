#include "traces/synth.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "traces/exact_math.h"

#define US_PER_S             1000000
#define EPOCH_S              1000000000
#define INITIATOR_ADDRESS    0xc6120001u /* 198.18.0.1 */
#define RESPONDER_ADDRESS    0xc6130001u /* 198.19.0.1 */
#define INITIATOR_ADDRESSES  65534       /* 198.18.0.1 to 198.18.255.254 */
#define INITIATOR_FIRST_PORT 49152
#define RESPONDER_TCP_PORT   80
#define RESPONDER_UDP_PORT   9
#define WINDOW_FIELD         65535
#define WINDOW_SHIFT         14

enum { ETHERNET_BYTES = 14, IP_BYTES = 20, UDP_BYTES = 8, TCP_BYTES = 20, SYN_OPTION_BYTES = 8 };
enum { HEADER_BYTES_MAX = ETHERNET_BYTES + IP_BYTES + TCP_BYTES + SYN_OPTION_BYTES };
enum { IP_PROTOCOL_TCP = 6, IP_PROTOCOL_UDP = 17 };
enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_PUSH = 0x08, TCP_ACK = 0x10 };
enum { INITIATOR, RESPONDER, ENDS }; /* SYNTH_READ is what the initiator sends */

/* One end of a flow: the source of what it sends, and where its TCP is. */
struct end {
    uint64_t random_state;
    uint64_t time_us;        /* of its next data packet */
    double fraction_us;      /* of that time, below one microsecond; random sources */
    uint64_t remainder;      /* likewise, in 1/rate_bytes_per_s us; constant source */
    double on_left_us;       /* on/off: of the current on period, after that packet */
    uint32_t sequence;       /* of the next byte it sends */
    uint32_t acknowledged;   /* the last sequence number it acknowledged */
    uint32_t window_bytes;   /* the last it announced */
    uint16_t identification; /* of its next IP packet */
};

struct flow {
    struct end ends[ENDS];
};

/* What happens next in a flow: it starts, or an end sends a data packet. */
struct event {
    uint64_t time_us;
    uint32_t order; /* flow * EVENTS_PER_FLOW + what; decides where times are equal */
};

enum { EVENT_START, EVENT_INITIATOR, EVENT_RESPONDER, EVENTS_PER_FLOW };

struct synth {
    const struct synth_spec *spec; /* borrowed */
    struct flow *flows;            /* owned, spec->flows of them */
    struct event *heap;            /* owned, the earliest first; room for two per flow */
    size_t heap_count;
    uint64_t gap_us;    /* constant: packet_bytes / rate, whole microseconds */
    uint64_t gap_rest;  /* ... and the rest, in 1/rate_bytes_per_s us */
    double mean_gap_us; /* random sources: packet_bytes / rate */
    double peak_gap_us; /* on/off: gap while on */
    pcap_dumper_t *dumper;
    FILE *file; /* what the dumper writes to */
    uint8_t frame[HEADER_BYTES_MAX + SYNTH_PACKET_BYTES_MAX];
};

/* ---- random numbers ---- */

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t random_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return mix(*state);
}

/* A generator for one purpose of one flow. */
static uint64_t random_init(uint64_t seed, uint32_t flow, uint32_t purpose)
{
    uint64_t state = seed;

    state = random_next(&state) ^ flow;
    return random_next(&state) ^ purpose;
}

/* Uniform in (0, 1], a multiple of 2^-53. */
static double random_uniform(uint64_t *state)
{
    return (double)((random_next(state) >> 11) + 1) * 0x1p-53;
}

static double random_exponential(uint64_t *state, double mean)
{
    return -exact_log(random_uniform(state)) * mean;
}

/* ---- sources ---- */

/* Moves an end's time on by gap_us; false when that is past the capture's end. */
static bool end_advance(const struct synth *synth, struct end *end, double gap_us)
{
    double step_us = end->fraction_us + gap_us;

    if (!(step_us < (double)(synth->spec->duration_us - end->time_us)))
        return false;
    uint64_t whole_us = (uint64_t)step_us;
    end->time_us += whole_us;
    end->fraction_us = step_us - (double)whole_us;
    return true;
}

static bool constant_next(const struct synth *synth, struct end *end)
{
    end->time_us += synth->gap_us;
    end->remainder += synth->gap_rest;
    if (end->remainder >= synth->spec->rate_bytes_per_s) {
        end->remainder -= synth->spec->rate_bytes_per_s;
        end->time_us++;
    }
    return end->time_us < synth->spec->duration_us;
}

/* The next packet comes after needed_us of time that is on. */
static bool on_off_next(const struct synth *synth, struct end *end, double needed_us)
{
    double limit_us = (double)(synth->spec->duration_us - end->time_us);
    double gap_us = 0;

    while (needed_us > end->on_left_us) {
        needed_us -= end->on_left_us;
        gap_us += end->on_left_us;
        gap_us += random_exponential(&end->random_state, (double)synth->spec->off_us);
        end->on_left_us = random_exponential(&end->random_state, (double)synth->spec->on_us);
        if (gap_us >= limit_us)
            return false;
    }
    end->on_left_us -= needed_us;
    return end_advance(synth, end, gap_us + needed_us);
}

static bool on_off_first(const struct synth *synth, struct end *end)
{
    double on_us = (double)synth->spec->on_us;
    double off_us = (double)synth->spec->off_us;
    bool on = random_uniform(&end->random_state) * (on_us + off_us) <= on_us;
    double wait_us = on ? 0 : random_exponential(&end->random_state, off_us);

    end->on_left_us = random_exponential(&end->random_state, on_us);
    return end_advance(synth, end, wait_us);
}

static double pareto_gap_us(const struct synth *synth, struct end *end)
{
    double shape_milli = synth->spec->pareto_shape_milli;
    double least_us = synth->mean_gap_us * (shape_milli - 1000) / shape_milli;
    double exponent = exact_log(random_uniform(&end->random_state)) * 1000 / shape_milli;

    return least_us * exact_exp(-exponent);
}

/* Sets the time of an end's first packet; false if there is none. */
static bool end_first(const struct synth *synth, struct end *end)
{
    switch (synth->spec->source) {
    case SYNTH_CONSTANT:
        return true;
    case SYNTH_ON_OFF:
        return on_off_first(synth, end);
    case SYNTH_POISSON:
        return end_advance(synth, end, random_exponential(&end->random_state, synth->mean_gap_us));
    case SYNTH_PARETO:
        return end_advance(synth, end, pareto_gap_us(synth, end));
    }
    assert(false);
    return false;
}

/* Likewise for the next packet. */
static bool end_next(const struct synth *synth, struct end *end)
{
    switch (synth->spec->source) {
    case SYNTH_CONSTANT:
        return constant_next(synth, end);
    case SYNTH_ON_OFF:
        return on_off_next(synth, end, synth->peak_gap_us);
    case SYNTH_POISSON:
    case SYNTH_PARETO:
        return end_first(synth, end);
    }
    assert(false);
    return false;
}

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

/* Puts `event` in the place of the first one. */
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

/* ---- frames ---- */

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value >> 16);
    put16(bytes + 2, value);
}

/* The Internet checksum of `count` bytes, an even number, and of what is summed up in `sum`. */
static uint32_t checksum(const uint8_t *bytes, size_t count, uint32_t sum)
{
    for (size_t i = 0; i < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* What no packet changes; payload stays zeros. */
static void frame_init(uint8_t *frame)
{
    frame[0] = frame[6] = 0x02; /* locally administered */
    put16(frame + 12, 0x0800);

    uint8_t *ip = frame + ETHERNET_BYTES;
    ip[0] = 0x45;
    put16(ip + 6, 0x4000); /* don't fragment */
    ip[8] = 64;
}

static void put_addresses(struct synth *synth, uint32_t flow, int sender)
{
    uint8_t *ip = synth->frame + ETHERNET_BYTES;
    uint8_t *transport = ip + IP_BYTES;
    bool from_initiator = sender == INITIATOR;
    uint32_t initiator = INITIATOR_ADDRESS + flow % INITIATOR_ADDRESSES;
    uint32_t port = INITIATOR_FIRST_PORT + flow / INITIATOR_ADDRESSES;
    uint32_t responder_port =
        synth->spec->protocol == SYNTH_TCP ? RESPONDER_TCP_PORT : RESPONDER_UDP_PORT;

    synth->frame[5] = from_initiator ? 2 : 1;
    synth->frame[11] = from_initiator ? 1 : 2;
    put32(ip + 12, from_initiator ? initiator : RESPONDER_ADDRESS);
    put32(ip + 16, from_initiator ? RESPONDER_ADDRESS : initiator);
    put16(transport, from_initiator ? port : responder_port);
    put16(transport + 2, from_initiator ? responder_port : port);
}

/* Fills in the TCP header and moves both ends' numbers on; returns its length. */
static uint32_t put_tcp(struct synth *synth, struct end *end, const struct end *other,
                        uint32_t flags, uint32_t payload_bytes)
{
    uint8_t *tcp = synth->frame + ETHERNET_BYTES + IP_BYTES;
    uint32_t header_bytes = TCP_BYTES + (flags & TCP_SYN ? SYN_OPTION_BYTES : 0);

    end->acknowledged = flags & TCP_ACK ? other->sequence : 0;
    /* the window of a SYN is not scaled */
    end->window_bytes = (uint32_t)WINDOW_FIELD << (flags & TCP_SYN ? 0 : WINDOW_SHIFT);
    put32(tcp + 4, end->sequence);
    put32(tcp + 8, end->acknowledged);
    tcp[12] = (uint8_t)(header_bytes / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, WINDOW_FIELD);
    memset(tcp + TCP_BYTES, 0, SYN_OPTION_BYTES);
    if (flags & TCP_SYN) {
        put32(tcp + 20, 2u << 24 | 4u << 16 | synth->spec->packet_bytes); /* segment size */
        put32(tcp + 24, 1u << 24 | 3u << 16 | 3u << 8 | WINDOW_SHIFT);    /* no-op, window scale */
    }
    end->sequence += payload_bytes + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    return header_bytes;
}

static int send_packet(struct synth *synth, uint64_t time_us, uint32_t flow, int sender,
                       uint32_t tcp_flags, uint32_t payload_bytes)
{
    uint8_t *ip = synth->frame + ETHERNET_BYTES;
    uint8_t *transport = ip + IP_BYTES;
    struct end *end = &synth->flows[flow].ends[sender];
    bool tcp = synth->spec->protocol == SYNTH_TCP;
    uint32_t protocol = tcp ? IP_PROTOCOL_TCP : IP_PROTOCOL_UDP;
    uint32_t header_bytes = UDP_BYTES;

    put_addresses(synth, flow, sender);
    if (tcp)
        header_bytes =
            put_tcp(synth, end, &synth->flows[flow].ends[!sender], tcp_flags, payload_bytes);
    else
        put16(transport + 4, UDP_BYTES + payload_bytes);

    put16(ip + 2, IP_BYTES + header_bytes + payload_bytes);
    put16(ip + 4, end->identification++);
    ip[9] = (uint8_t)protocol;
    put16(ip + 10, 0);
    put16(ip + 10, checksum(ip, IP_BYTES, 0));

    /* the pseudo header: addresses, protocol, length; payload adds only zeros */
    uint8_t *sum = transport + (tcp ? 16 : 6);
    put16(sum, 0);
    uint32_t value = ~checksum(ip + 12, 8, protocol + header_bytes + payload_bytes) & 0xffff;
    value = checksum(transport, header_bytes, value);
    put16(sum, value == 0 && !tcp ? 0xffff : value); /* 0 in UDP says that there is none */

    struct pcap_pkthdr record = {
        .ts = {.tv_sec = (time_t)(EPOCH_S + time_us / US_PER_S),
               .tv_usec = (suseconds_t)(time_us % US_PER_S)},
        .len = ETHERNET_BYTES + IP_BYTES + header_bytes + payload_bytes,
    };
    record.caplen =
        record.len < synth->spec->snaplen_bytes ? record.len : synth->spec->snaplen_bytes;
    errno = 0;
    pcap_dump((u_char *)synth->dumper, &record, synth->frame);
    return ferror(synth->file) ? TRACE_ERROR_WRITE : TRACE_OK;
}

/* ---- flows ---- */

static int flow_start(struct synth *synth, uint64_t time_us, uint32_t flow)
{
    int status = TRACE_OK;

    if (synth->spec->protocol == SYNTH_UDP)
        return TRACE_OK;
    status = send_packet(synth, time_us, flow, INITIATOR, TCP_SYN, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, RESPONDER, TCP_SYN | TCP_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, INITIATOR, TCP_ACK, 0);
    return status;
}

static int flow_finish(struct synth *synth, uint32_t flow)
{
    uint64_t time_us = synth->spec->duration_us;
    int status = TRACE_OK;

    if (synth->spec->protocol == SYNTH_UDP)
        return TRACE_OK;
    status = send_packet(synth, time_us, flow, INITIATOR, TCP_FIN | TCP_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, RESPONDER, TCP_FIN | TCP_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, INITIATOR, TCP_ACK, 0);
    return status;
}

static int flow_send(struct synth *synth, uint64_t time_us, uint32_t flow, int sender)
{
    const struct end *end = &synth->flows[flow].ends[sender];
    const struct end *other = &synth->flows[flow].ends[!sender];
    uint32_t payload_bytes = synth->spec->packet_bytes;
    int status = TRACE_OK;

    if (synth->spec->protocol == SYNTH_UDP)
        return send_packet(synth, time_us, flow, sender, 0, payload_bytes);
    /* before the window is full: Wireshark marks the packet that fills it */
    if (end->sequence - other->acknowledged + payload_bytes >= other->window_bytes)
        status = send_packet(synth, time_us, flow, !sender, TCP_ACK, 0);
    if (status == TRACE_OK)
        status = send_packet(synth, time_us, flow, sender, TCP_PUSH | TCP_ACK, payload_bytes);
    return status;
}

/* Sets up all flows and puts their starts on the heap. */
static void flows_init(struct synth *synth)
{
    const struct synth_spec *spec = synth->spec;

    for (uint32_t flow = 0; flow < spec->flows; flow++) {
        uint64_t state = random_init(spec->seed, flow, ENDS);
        uint64_t start_us = (uint64_t)((1 - random_uniform(&state)) * (double)spec->spread_us);

        for (uint32_t i = 0; i < ENDS; i++) {
            struct end *end = &synth->flows[flow].ends[i];
            end->random_state = random_init(spec->seed, flow, i);
            end->time_us = start_us;
            end->sequence = (uint32_t)(random_next(&state) >> 32);
        }
        heap_push(synth, (struct event){start_us, flow * EVENTS_PER_FLOW + EVENT_START});
    }
}

/* Writes all packets in order. */
static int synth_run(struct synth *synth)
{
    const struct synth_spec *spec = synth->spec;
    int status = TRACE_OK;

    flows_init(synth);
    while (synth->heap_count > 0 && status == TRACE_OK) {
        struct event event = synth->heap[0];
        uint32_t flow = event.order / EVENTS_PER_FLOW;
        uint32_t what = event.order % EVENTS_PER_FLOW;

        if (what == EVENT_START) {
            status = flow_start(synth, event.time_us, flow);
            heap_pop(synth);
            for (uint32_t i = 0; i < ENDS; i++) {
                struct end *end = &synth->flows[flow].ends[i];
                if (spec->direction == (i == INITIATOR ? SYNTH_WRITE : SYNTH_READ))
                    continue;
                if (end_first(synth, end))
                    heap_push(synth,
                              (struct event){end->time_us, event.order + EVENT_INITIATOR + i});
            }
            continue;
        }

        int sender = what == EVENT_INITIATOR ? INITIATOR : RESPONDER;
        struct end *end = &synth->flows[flow].ends[sender];
        status = flow_send(synth, event.time_us, flow, sender);
        if (end_next(synth, end))
            heap_replace(synth, (struct event){end->time_us, event.order});
        else
            heap_pop(synth);
    }
    for (uint32_t flow = 0; flow < spec->flows && status == TRACE_OK; flow++)
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

    uint64_t payload_us = (uint64_t)spec->packet_bytes * US_PER_S;
    synth->gap_us = payload_us / spec->rate_bytes_per_s;
    synth->gap_rest = payload_us % spec->rate_bytes_per_s;
    synth->mean_gap_us = (double)payload_us / (double)spec->rate_bytes_per_s;
    if (spec->source == SYNTH_ON_OFF)
        synth->peak_gap_us =
            synth->mean_gap_us * (double)spec->on_us / (double)(spec->on_us + spec->off_us);
    frame_init(synth->frame);
    return synth;
}

/* ---- files ---- */

/* Hands the file to libpcap, writes the capture and closes it, whatever happens on the way. */
static int synth_write_file(struct synth *synth, FILE *file, const char *name, char *error)
{
    int status = TRACE_OK;
    pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)synth->spec->snaplen_bytes,
                                                        PCAP_TSTAMP_PRECISION_MICRO);

    if (!pcap) {
        fclose(file);
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory to write %s", name);
    }
    synth->file = file;
    synth->dumper = pcap_dump_fopen(pcap, file);
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
    /* pcap_dump_close() does not tell; closing a copy of the descriptor reports the same errors */
    if (status == TRACE_OK) {
        int copy = dup(fileno(file));
        if (copy < 0 || close(copy) != 0)
            status = TRACE_ERROR_WRITE;
    }
    if (status != TRACE_OK)
        trace_fail(error, TRACE_ERROR_WRITE, "cannot write %s: %s", name, strerror(errno));
    pcap_dump_close(synth->dumper);
    pcap_close(pcap);
    return status;
}

static int write_in_place(struct synth *synth, const char *path, char *error)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        return trace_fail(error, TRACE_ERROR_WRITE, "cannot create %s: %s", path, strerror(errno));
    return synth_write_file(synth, file, path, error);
}

static int write_standard_output(struct synth *synth, char *error)
{
    const char *name = "standard output";
    int copy = dup(STDOUT_FILENO);
    FILE *file = copy < 0 ? NULL : fdopen(copy, "wb");

    if (!file) {
        int status =
            trace_fail(error, TRACE_ERROR_WRITE, "cannot write %s: %s", name, strerror(errno));
        if (copy >= 0)
            close(copy);
        return status;
    }
    return synth_write_file(synth, file, name, error);
}

static int write_and_rename(struct synth *synth, const char *path, char *error)
{
    char *part = NULL;
    int status = TRACE_OK;

    if (asprintf(&part, "%s.part", path) < 0)
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory to write %s", path);
    FILE *file = fopen(part, "wb");
    if (!file) {
        status =
            trace_fail(error, TRACE_ERROR_WRITE, "cannot create %s: %s", part, strerror(errno));
        goto out;
    }
    status = synth_write_file(synth, file, part, error);
    if (status == TRACE_OK && rename(part, path) != 0)
        status = trace_fail(error, TRACE_ERROR_WRITE, "cannot rename %s to %s: %s", part, path,
                            strerror(errno));
    if (status != TRACE_OK)
        unlink(part);
out:
    free(part);
    return status;
}

/* ---- the interface ---- */

void synth_spec_init(struct synth_spec *spec)
{
    *spec = (struct synth_spec){
        .source = SYNTH_CONSTANT,
        .direction = SYNTH_READ,
        .protocol = SYNTH_TCP,
        .flows = 1,
        .rate_bytes_per_s = 125000,
        .packet_bytes = 1000,
        .duration_us = 10 * US_PER_S,
        .spread_us = 0,
        .on_us = US_PER_S,
        .off_us = US_PER_S,
        .pareto_shape_milli = 1500,
        .snaplen_bytes = 64,
        .seed = 1,
    };
}

static int check_range(const char *what, uint64_t value, uint64_t least, uint64_t most, char *error)
{
    if (value >= least && value <= most)
        return TRACE_OK;
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s must be from %" PRIu64 " to %" PRIu64 ", not %" PRIu64, what, least, most,
                      value);
}

int synth_check(const struct synth_spec *spec, char *error)
{
    uint64_t snaplen_min =
        spec->protocol == SYNTH_TCP ? SYNTH_TCP_SNAPLEN_MIN : SYNTH_UDP_SNAPLEN_MIN;
    int status = check_range("the number of flows", spec->flows, 1, SYNTH_FLOWS_MAX, error);

    if (status == TRACE_OK)
        status = check_range("the rate in bytes per second", spec->rate_bytes_per_s, 1,
                             SYNTH_RATE_BYTES_PER_S_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the packet size in bytes", spec->packet_bytes, 1,
                             SYNTH_PACKET_BYTES_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the duration in microseconds", spec->duration_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK)
        status = check_range("the spread of starts in microseconds", spec->spread_us, 0,
                             spec->duration_us, error);
    if (status == TRACE_OK)
        status = check_range("the snapshot length in bytes", spec->snaplen_bytes, snaplen_min,
                             SYNTH_SNAPLEN_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_ON_OFF)
        status = check_range("the mean on period in microseconds", spec->on_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_ON_OFF)
        status = check_range("the mean off period in microseconds", spec->off_us, 1,
                             SYNTH_TIME_US_MAX, error);
    if (status == TRACE_OK && spec->source == SYNTH_PARETO && spec->pareto_shape_milli <= 1000)
        status = trace_fail(error, TRACE_ERROR_FORMAT,
                            "the Pareto shape must be above 1, not %" PRIu32 ".%03" PRIu32
                            ": at 1 or below the gaps have no mean",
                            spec->pareto_shape_milli / 1000, spec->pareto_shape_milli % 1000);
    return status;
}

int synth_write(const struct synth_spec *spec, const char *path, char *error)
{
    int status = synth_check(spec, error);

    if (status != TRACE_OK)
        return status;
    struct synth *synth = synth_new(spec);
    if (!synth)
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory for %" PRIu32 " flows",
                          spec->flows);

    struct stat found;
    if (strcmp(path, "-") == 0)
        status = write_standard_output(synth, error);
    else if (lstat(path, &found) == 0 && !S_ISREG(found.st_mode))
        status = write_in_place(synth, path, error);
    else
        status = write_and_rename(synth, path, error);
    synth_free(synth);
    return status;
}
