#include "traces/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#define NS_PER_S INT64_C(1000000000)
/* The years 1900 and 2191: in nanoseconds the difference of any two times still fits 63 bits. */
#define EARLIEST_TIME_S       INT64_C(-2200000000)
#define LATEST_TIME_S         INT64_C(7000000000)
#define SHORTEST_HEADER_BYTES 24 /* of a pcap file */

struct capture {
    char *path;
    struct byte_source *bytes;
    FILE *stream; /* owned by `pcap` once that is open */
    pcap_t *pcap;
    bool truncated;
    uint64_t packets;
};

/* libpcap distinguishes a file that stops too early from a damaged one only by its text. */
static bool says_truncated(const char *text)
{
    return strncmp(text, "truncated dump file", strlen("truncated dump file")) == 0 ||
           strncmp(text, "truncated pcapng dump file", strlen("truncated pcapng dump file")) == 0;
}

static int open_failed(const struct capture *capture, const char *text, char *error)
{
    const char *failure = byte_source_failure(capture->bytes);

    if (trace_says_no_memory(text) || (failure && trace_says_no_memory(failure)))
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", capture->path);
    if (byte_source_is_unreadable(capture->bytes))
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: %s", capture->path, failure);
    if (failure)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: %s; unpack it by hand to see how much is left", capture->path,
                          failure);
    if (byte_source_position_bytes(capture->bytes) == 0)
        return trace_fail(error, TRACE_ERROR_FORMAT, "%s: the file is empty; record it anew",
                          capture->path);
    if (says_truncated(text))
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: too short for a capture; a pcap header alone is %d bytes long",
                          capture->path, SHORTEST_HEADER_BYTES);
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s: not a capture that libpcap can read (%s); give a pcap or pcapng file",
                      capture->path, text);
}

int capture_open(const char *path, struct capture **out, char *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct capture *capture = trace_new_cache_aligned(sizeof(*capture));
    int status;

    if (!capture || !(capture->path = strdup(path))) {
        free(capture);
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
    }
    status = byte_source_open(capture->path, &capture->bytes, error);
    if (status != TRACE_OK)
        goto fail;
    capture->stream = byte_source_stream(capture->bytes);
    if (!capture->stream) {
        status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
        goto fail;
    }
    capture->pcap =
        pcap_fopen_offline_with_tstamp_precision(capture->stream, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!capture->pcap) {
        status = open_failed(capture, text, error);
        goto fail;
    }
    if (!pcap_datalink_val_to_name(pcap_datalink(capture->pcap))) {
        status = trace_fail(error, TRACE_ERROR_FORMAT,
                            "%s: unknown link type %d in the file's header; the file is damaged",
                            path, pcap_datalink(capture->pcap));
        goto fail;
    }
    *out = capture;
    return TRACE_OK;
fail:
    capture_free(capture);
    return status;
}

static int64_t packet_time_ns(const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec;

    if (seconds > LATEST_TIME_S)
        seconds = LATEST_TIME_S;
    if (seconds < EARLIEST_TIME_S)
        seconds = EARLIEST_TIME_S;
    return seconds * NS_PER_S + header->ts.tv_usec; /* nanoseconds, as requested */
}

static int next_failed(struct capture *capture, char *error)
{
    const char *failure = byte_source_failure(capture->bytes);
    const char *text = pcap_geterr(capture->pcap);
    unsigned long long packet = (unsigned long long)capture->packets + 1;

    if (trace_says_no_memory(text) || (failure && trace_says_no_memory(failure)))
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: packet %llu: out of memory",
                          capture->path, packet);
    if (byte_source_is_unreadable(capture->bytes))
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: packet %llu: %s", capture->path, packet,
                          failure);
    if (failure && strstr(failure, "ends too early") == NULL)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: packet %llu: %s; cut the file before that packet", capture->path,
                          packet, failure);
    if (failure || says_truncated(text)) {
        capture->truncated = true;
        return TRACE_END;
    }
    if (packet == 1)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: packet 1 is damaged (%s); there is none before it, record it anew",
                          capture->path, text);
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s: packet %llu is damaged (%s); cut the file before it (editcap -r FILE "
                      "OUT 1-%llu)",
                      capture->path, packet, text, packet - 1);
}

int capture_next(struct capture *capture, struct capture_packet *packet, char *error)
{
    struct pcap_pkthdr *header;
    const unsigned char *data;

    switch (pcap_next_ex(capture->pcap, &header, &data)) {
    case 1:
        break;
    case PCAP_ERROR_BREAK:
        if (byte_source_failure(capture->bytes))
            return next_failed(capture, error);
        return TRACE_END;
    default:
        return next_failed(capture, error);
    }
    capture->packets++;
    packet->time_ns = packet_time_ns(header);
    packet->captured_bytes = header->caplen;
    packet->wire_bytes = header->len < header->caplen ? header->caplen : header->len;
    packet->data = data;
    packet->link_type = pcap_datalink(capture->pcap);
    return TRACE_OK;
}

void capture_set_wait(struct capture *capture, int wake, void (*before_wait)(void *arg), void *arg)
{
    byte_source_set_wait(capture->bytes, wake, before_wait, arg);
}

int capture_link_type(const struct capture *capture)
{
    return pcap_datalink(capture->pcap);
}

size_t capture_link_types(const struct capture *capture, int link_types[CAPTURE_LINK_TYPES_MAX])
{
    link_types[0] = pcap_datalink(capture->pcap);
    return 1;
}

struct pcap *capture_pcap(struct capture *capture)
{
    return capture->pcap;
}

const char *capture_link_type_name(const struct capture *capture)
{
    return pcap_datalink_val_to_name(pcap_datalink(capture->pcap));
}

/* libpcap gives every time in nanoseconds, and does not report the file's own unit. */
static bool has_nanoseconds(const struct capture *capture)
{
    static const uint32_t micro = 0xa1b2c3d4, modified_micro = 0xa1b2cd34;
    uint32_t magic;

    memcpy(&magic, byte_source_head(capture->bytes), sizeof(magic));
    return magic != micro && magic != __builtin_bswap32(micro) && magic != modified_micro &&
           magic != __builtin_bswap32(modified_micro);
}

void capture_read_format(const struct capture *capture, struct capture_format *format)
{
    *format = (struct capture_format){.link_type = pcap_datalink(capture->pcap),
                                      .snaplen_bytes = (uint32_t)pcap_snapshot(capture->pcap),
                                      .has_nanoseconds = has_nanoseconds(capture)};
}

bool capture_truncated(const struct capture *capture)
{
    return capture->truncated;
}

const char *capture_path(const struct capture *capture)
{
    return capture->path;
}

const struct byte_source *capture_bytes(const struct capture *capture)
{
    return capture->bytes;
}

bool capture_hash(struct capture *capture, char hex[BYTE_SOURCE_HASH_BYTES])
{
    return byte_source_hash(capture->bytes, hex);
}

void capture_free(struct capture *capture)
{
    if (!capture)
        return;
    if (capture->pcap)
        pcap_close(capture->pcap);
    else if (capture->stream)
        fclose(capture->stream);
    byte_source_free(capture->bytes);
    free(capture->path);
    free(capture);
}
