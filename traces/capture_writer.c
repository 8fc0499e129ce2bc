#include "traces/capture_writer.h"

#include <stdlib.h>

#include <pcap/pcap.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_US 1000

struct capture_writer {
    FILE *stream; /* owned by `dumper` */
    bool has_nanoseconds;
    pcap_t *pcap;
    pcap_dumper_t *dumper;
};

int capture_writer_open(FILE *stream, const char *name, const struct capture_format *format,
                        struct capture_writer **out, char *error)
{
    struct capture_writer *writer = calloc(1, sizeof(*writer));

    if (writer)
        writer->pcap = pcap_open_dead_with_tstamp_precision(
            format->link_type, (int)format->snaplen_bytes,
            format->has_nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
    if (!writer || !writer->pcap) {
        fclose(stream);
        free(writer);
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", name);
    }
    writer->stream = stream;
    writer->has_nanoseconds = format->has_nanoseconds;
    writer->dumper = pcap_dump_fopen(writer->pcap, stream);
    if (!writer->dumper) { /* libpcap has closed the stream */
        int status = trace_fail(error, TRACE_ERROR_WRITE, "%s: cannot be written (%s)", name,
                                pcap_geterr(writer->pcap));
        pcap_close(writer->pcap);
        free(writer);
        return status;
    }
    *out = writer;
    return TRACE_OK;
}

static int64_t floor_seconds(int64_t time_ns)
{
    return time_ns / NS_PER_S - (time_ns % NS_PER_S < 0 ? 1 : 0);
}

/* Read as unsigned until 2106, as signed from 1901: a time read in either way is written in the
 * same bits. */
bool capture_writer_holds_time(int64_t time_ns)
{
    int64_t seconds = floor_seconds(time_ns);

    return seconds >= 0 && seconds <= UINT32_MAX;
}

void capture_writer_put(struct capture_writer *writer, const struct capture_packet *packet)
{
    int64_t seconds = floor_seconds(packet->time_ns);
    int64_t rest_ns = packet->time_ns - seconds * NS_PER_S;
    const struct pcap_pkthdr header = {
        .ts = {.tv_sec = seconds,
               .tv_usec = writer->has_nanoseconds ? rest_ns : rest_ns / NS_PER_US},
        .caplen = packet->captured_bytes,
        .len = packet->wire_bytes};

    pcap_dump((unsigned char *)writer->dumper, &header, packet->data);
}

int capture_writer_close(struct capture_writer *writer)
{
    bool good = pcap_dump_flush(writer->dumper) == 0 && !ferror(writer->stream);

    pcap_dump_close(writer->dumper);
    pcap_close(writer->pcap);
    free(writer);
    return good ? 0 : -1;
}
