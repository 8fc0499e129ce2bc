#include "traces/capture_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/link_handle.h"
#include "traces/pcapng_reader.h"
#include "traces/unpacker.h"

#define SHORTEST_HEADER_BYTES 24 /* of a pcap file */
#define LINK_TYPES_MAX        64 /* more are no capture's */

/* A link type's frames; the handle compiles filters for them. */
struct link {
    uint32_t link_type; /* the file's number */
    pcap_t *pcap;
};

struct capture_file {
    const char *path; /* borrowed */
    struct byte_source *bytes;
    FILE *stream;  /* owned by `pcap` if that is open */
    pcap_t *pcap;  /* of a pcap file; NULL: pcapng */
    int link_type; /* of a pcap file: libpcap's DLT_ number */
    struct pcapng_reader *pcapng;
    struct link links[LINK_TYPES_MAX]; /* of a pcapng file */
    size_t link_count;
    size_t first_links; /* known after opening */
    uint32_t snaplen_bytes;
    bool truncated;
    uint64_t packets;
};

/* libpcap distinguishes a file that stops too early from a damaged one only by its text. */
static bool says_truncated(const char *text)
{
    return strncmp(text, "truncated dump file", strlen("truncated dump file")) == 0;
}

static const char unknown_text[] = "unknown file format"; /* libpcap's words */

/* Files that are met under the names of captures, and what makes captures of them. */
static const struct {
    const char *magic;
    const char *what;
    const char *way_out;
} other_formats[] = {
    {"snoop", "a snoop file", "convert it (editcap -F pcapng FILE OUT)"},
    {"GMBU", "a Network Monitor file", "convert it (editcap -F pcapng FILE OUT)"},
    {"RTSS", "a Network Monitor file", "convert it (editcap -F pcapng FILE OUT)"},
    {"PK\x03\x04", "a zip archive", "unpack it (unzip FILE)"},
    {"version ", "the pointer of Git LFS, not the capture itself", "fetch that (git lfs pull)"},
};

static int unknown_format(const struct capture_file *file, const char *text, char *error)
{
    const unsigned char *head = byte_source_head(file->bytes);
    const char *packed = unpacker_recognise(head, BYTE_SOURCE_HEAD_BYTES);

    if (packed && byte_source_unpack_program(file->bytes))
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: packed twice, and only one is unpacked; unpack the other by hand "
                          "(%s -dc FILE >OUT)",
                          file->path, byte_source_unpack_program(file->bytes));
    for (size_t i = 0; i < sizeof(other_formats) / sizeof(other_formats[0]); i++)
        if (memcmp(head, other_formats[i].magic, strlen(other_formats[i].magic)) == 0)
            return trace_fail(error, TRACE_ERROR_FORMAT, "%s: %s (%s); %s", file->path,
                              other_formats[i].what, text, other_formats[i].way_out);
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s: not a capture that libpcap can read (%s); give a pcap or pcapng file%s",
                      file->path, text,
                      strcmp(text, unknown_text) == 0
                          ? ": editcap -F pcapng FILE OUT converts most of what Wireshark reads"
                          : "");
}

static int open_failed(const struct capture_file *file, const char *text, bool is_too_short,
                       char *error)
{
    const char *failure = byte_source_failure(file->bytes);

    if (trace_says_no_memory(text) || (failure && trace_says_no_memory(failure)))
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", file->path);
    if (byte_source_is_unreadable(file->bytes))
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: %s", file->path, failure);
    if (failure)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: %s; unpack it by hand to see how much is left (%s -dc FILE >OUT)",
                          file->path, failure, byte_source_unpack_program(file->bytes));
    if (byte_source_position_bytes(file->bytes) == 0)
        return trace_fail(error, TRACE_ERROR_FORMAT, "%s: the file is empty; record it anew",
                          file->path);
    if (is_too_short)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: too short for a capture; a pcap header alone is %d bytes long",
                          file->path, SHORTEST_HEADER_BYTES);
    return unknown_format(file, text, error);
}

/* --- pcap ---------------------------------------------------------------------------------- */

static int open_pcap(struct capture_file *file, char *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";

    file->pcap =
        pcap_fopen_offline_with_tstamp_precision(file->stream, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!file->pcap)
        return open_failed(file, text, says_truncated(text), error);
    file->link_type = pcap_datalink(file->pcap);
    if (!pcap_datalink_val_to_name(file->link_type))
        return trace_fail(
            error, TRACE_ERROR_FORMAT,
            "%s: unknown link type %d in the file's header: how its frames are laid out is "
            "not known here; record them with another",
            file->path, file->link_type);
    file->snaplen_bytes = (uint32_t)pcap_snapshot(file->pcap);
    return TRACE_OK;
}

static void take_pcap_packet(const struct capture_file *file, const struct pcap_pkthdr *header,
                             const unsigned char *data, struct capture_packet *packet)
{
    packet->time_ns = (uint32_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec; /* ns */
    packet->captured_bytes = header->caplen;
    packet->wire_bytes = header->len < header->caplen ? header->caplen : header->len;
    packet->data = data;
    packet->link_type = file->link_type;
    packet->has_no_time = false;
}

/* --- pcapng -------------------------------------------------------------------------------- */

static int add_link(void *arg, uint32_t link_type, uint32_t snaplen_bytes)
{
    struct capture_file *file = arg;

    if (snaplen_bytes == 0 || snaplen_bytes > LINK_SNAPLEN_BYTES_MAX)
        snaplen_bytes = LINK_SNAPLEN_BYTES_MAX;
    if (snaplen_bytes > file->snaplen_bytes)
        file->snaplen_bytes = snaplen_bytes;
    for (size_t i = 0; i < file->link_count; i++)
        if (file->links[i].link_type == link_type)
            return pcap_datalink(file->links[i].pcap);
    if (file->link_count == LINK_TYPES_MAX)
        return PCAPNG_LINK_TOO_MANY;
    pcap_t *pcap = link_handle_new(link_type);
    if (!pcap)
        return PCAPNG_LINK_NO_MEMORY;
    file->links[file->link_count++] = (struct link){link_type, pcap};
    return pcap_datalink(pcap);
}

static int open_pcapng(struct capture_file *file, char *error)
{
    file->pcapng = pcapng_reader_new(file->stream, add_link, file);
    if (!file->pcapng)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", file->path);
    enum pcapng_status status = pcapng_reader_start(file->pcapng);
    file->first_links = file->link_count;
    if (status == PCAPNG_NO_MEMORY)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", file->path);
    if (file->link_count > 0) /* what follows is reported at its packet */
        return TRACE_OK;
    if (status == PCAPNG_END)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: the capture has no interface, so no packets; record it anew",
                          file->path);
    if (status == PCAPNG_NOT_PCAPNG)
        return open_failed(file, unknown_text, false, error);
    if (status == PCAPNG_DAMAGED && !byte_source_failure(file->bytes))
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: damaged before its first interface (%s); record it anew", file->path,
                          pcapng_reader_text(file->pcapng));
    return open_failed(file, pcapng_reader_text(file->pcapng), status == PCAPNG_TRUNCATED, error);
}

/* --- both ---------------------------------------------------------------------------------- */

/* A pcapng file begins with a line feed, and no other capture does. */
static bool begins_as_pcapng(FILE *stream)
{
    int first = getc_unlocked(stream);

    return first != EOF && ungetc(first, stream) != EOF && first == '\n';
}

int capture_file_open(const char *path, struct capture_file **out, char *error)
{
    struct capture_file *file = trace_new_cache_aligned(sizeof(*file));

    if (!file)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
    file->path = path;
    int status = byte_source_open(path, &file->bytes, error);
    if (status == TRACE_OK)
        file->stream = byte_source_stream(file->bytes);
    if (file->stream)
        status = begins_as_pcapng(file->stream) ? open_pcapng(file, error) : open_pcap(file, error);
    else if (status == TRACE_OK)
        status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
    if (status != TRACE_OK) {
        capture_file_free(file);
        return status;
    }
    *out = file;
    return TRACE_OK;
}

static int truncated(struct capture_file *file)
{
    file->truncated = true;
    return TRACE_END;
}

/* What can be read of it: a command that ends with the packets before the fault. */
static int at_packet(const struct capture_file *file, const char *what, const char *text,
                     char *error)
{
    unsigned long long packet = (unsigned long long)file->packets + 1;

    if (packet == 1)
        return trace_fail(error, TRACE_ERROR_FORMAT,
                          "%s: packet 1 %s (%s); there is none before it, record it anew",
                          file->path, what, text);
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s: packet %llu %s (%s); cut the file before it (editcap -r FILE OUT "
                      "1-%llu)",
                      file->path, packet, what, text, packet - 1);
}

/* The bytes could not be read or unpacked. */
static int bytes_failed(struct capture_file *file, const char *failure, char *error)
{
    unsigned long long packet = (unsigned long long)file->packets + 1;

    if (trace_says_no_memory(failure))
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: packet %llu: out of memory", file->path,
                          packet);
    if (byte_source_is_unreadable(file->bytes))
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: packet %llu: %s", file->path, packet,
                          failure);
    if (byte_source_is_cut(file->bytes))
        return truncated(file);
    return trace_fail(error, TRACE_ERROR_FORMAT,
                      "%s: packet %llu: %s; unpack what is before it (%s -dc FILE >OUT)",
                      file->path, packet, failure, byte_source_unpack_program(file->bytes));
}

static int pcap_failed(struct capture_file *file, char *error)
{
    const char *failure = byte_source_failure(file->bytes);
    const char *text = pcap_geterr(file->pcap);

    if (failure)
        return bytes_failed(file, failure, error);
    if (trace_says_no_memory(text))
        return bytes_failed(file, text, error);
    if (says_truncated(text))
        return truncated(file);
    return at_packet(file, "is damaged", text, error);
}

static int next_pcap(struct capture_file *file, struct capture_packet *packet, char *error)
{
    struct pcap_pkthdr *header;
    const unsigned char *data;

    switch (pcap_next_ex(file->pcap, &header, &data)) {
    case 1:
        take_pcap_packet(file, header, data, packet);
        return TRACE_OK;
    case PCAP_ERROR_BREAK:
        if (!byte_source_failure(file->bytes))
            return TRACE_END;
        return pcap_failed(file, error);
    default:
        return pcap_failed(file, error);
    }
}

static int pcapng_ended(struct capture_file *file, enum pcapng_status status, char *error)
{
    const char *failure = byte_source_failure(file->bytes);
    const char *text = pcapng_reader_text(file->pcapng);

    if (status == PCAPNG_NO_MEMORY)
        return bytes_failed(file, "out of memory", error);
    if (failure)
        return bytes_failed(file, failure, error);
    switch (status) {
    case PCAPNG_TRUNCATED:
        return truncated(file);
    case PCAPNG_UNSUPPORTED:
        return at_packet(file, "cannot be read", text, error);
    case PCAPNG_NOT_PCAPNG:
    case PCAPNG_DAMAGED:
        return at_packet(file, "is damaged", text, error);
    case PCAPNG_OK:
    case PCAPNG_END:
    case PCAPNG_NO_MEMORY:
        break;
    }
    return TRACE_END;
}

int capture_file_next(struct capture_file *file, struct capture_packet *packet, char *error)
{
    int status = TRACE_OK;

    if (file->pcap) {
        status = next_pcap(file, packet, error);
    } else {
        enum pcapng_status got = pcapng_reader_next(file->pcapng, packet);
        if (got != PCAPNG_OK)
            status = pcapng_ended(file, got, error);
    }
    if (status == TRACE_OK)
        file->packets++;
    return status;
}

size_t capture_file_link_types(const struct capture_file *file)
{
    return file->pcap ? 1 : file->first_links;
}

pcap_t *capture_file_pcap(const struct capture_file *file, size_t index)
{
    return file->pcap ? file->pcap : file->links[index].pcap;
}

bool capture_file_is_pcapng(const struct capture_file *file)
{
    return !file->pcap;
}

uint32_t capture_file_snaplen_bytes(const struct capture_file *file)
{
    return file->snaplen_bytes;
}

/* libpcap gives every time in nanoseconds, and does not report the file's own unit. */
bool capture_file_has_nanoseconds(const struct capture_file *file)
{
    static const uint32_t micro = 0xa1b2c3d4, modified_micro = 0xa1b2cd34;
    uint32_t magic;

    memcpy(&magic, byte_source_head(file->bytes), sizeof(magic));
    return magic != micro && magic != __builtin_bswap32(micro) && magic != modified_micro &&
           magic != __builtin_bswap32(modified_micro);
}

bool capture_file_truncated(const struct capture_file *file)
{
    return file->truncated;
}

struct byte_source *capture_file_bytes(const struct capture_file *file)
{
    return file->bytes;
}

void capture_file_free(struct capture_file *file)
{
    if (!file)
        return;
    pcapng_reader_free(file->pcapng);
    for (size_t i = 0; i < file->link_count; i++)
        pcap_close(file->links[i].pcap);
    if (file->pcap)
        pcap_close(file->pcap);
    else if (file->stream)
        fclose(file->stream);
    byte_source_free(file->bytes);
    free(file);
}
