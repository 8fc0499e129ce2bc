#include "traces/capture.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "traces/capture_file.h"

struct input {
    const char *path; /* behind the struct capture */
    struct capture_file *file;
    struct packet_order *order;
    /* of several inputs: the packet that comes next, or why there is none */
    struct capture_packet head;
    int status;
    uint64_t changes; /* of its times, as they are counted in the capture's */
};

struct capture {
    size_t count;
    struct packet_times times; /* of several inputs: their sum */
    size_t current;            /* whose packet was returned last */
    bool has_heads;            /* each input's next packet has been read */
    char *paths;
    int link_types[CAPTURE_LINK_TYPES_MAX];
    size_t link_type_count;
    struct input inputs[];
};

static int read_file(void *arg, struct capture_packet *packet, char *error)
{
    return capture_file_next(arg, packet, error);
}

/* --- opening --------------------------------------------------------------------------------- */

static void note_link_type(struct capture *capture, int link_type)
{
    for (size_t i = 0; i < capture->link_type_count; i++)
        if (capture->link_types[i] == link_type)
            return;
    if (capture->link_type_count < CAPTURE_LINK_TYPES_MAX)
        capture->link_types[capture->link_type_count++] = link_type;
}

static int open_input(struct capture *capture, struct input *input, char *error)
{
    int status = capture_file_open(input->path, &input->file, error);

    if (status != TRACE_OK)
        return status;
    for (size_t i = 0; i < capture_file_link_types(input->file); i++)
        note_link_type(capture, pcap_datalink(capture_file_pcap(input->file, i)));
    input->order = packet_order_new(read_file, input->file);
    if (!input->order)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", input->path);
    return TRACE_OK;
}

static struct capture *capture_new(const char *const *paths, size_t count)
{
    struct capture *capture =
        trace_new_cache_aligned(sizeof(*capture) + count * sizeof(capture->inputs[0]));
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += strlen(paths[i]) + 1;
    if (!capture || !(capture->paths = malloc(bytes))) {
        free(capture);
        return NULL;
    }
    char *at = capture->paths;
    for (size_t i = 0; i < count; i++) {
        capture->inputs[i].path = at;
        at = stpcpy(at, paths[i]) + 1;
    }
    capture->count = count;
    return capture;
}

int capture_open_files(const char *const *paths, size_t count, struct capture **out, char *error)
{
    struct capture *capture = capture_new(paths, count);
    int status = TRACE_OK;

    if (!capture)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", paths[0]);
    for (size_t i = 0; status == TRACE_OK && i < count; i++)
        status = open_input(capture, &capture->inputs[i], error);
    if (status != TRACE_OK) {
        capture_free(capture);
        return status;
    }
    *out = capture;
    return TRACE_OK;
}

int capture_open(const char *path, struct capture **capture, char *error)
{
    return capture_open_files(&path, 1, capture, error);
}

/* --- packets --------------------------------------------------------------------------------- */

static int next_of(struct input *input, struct capture_packet *packet, char *error)
{
    int status = packet_order_next(input->order, packet, error);

    if (status == TRACE_ERROR_MEMORY && error[0] == '\0')
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", input->path);
    return status;
}

/* Adds what is new in an input's times to the sum. The first event of any file is named. */
static void add_times(struct capture *capture)
{
    struct packet_times sum = {0};

    for (size_t i = 0; i < capture->count; i++) {
        const struct packet_times *times = packet_order_times(capture->inputs[i].order);
        if (sum.rogues == 0) {
            sum.rogue_packet = times->rogue_packet;
            sum.rogue_ns = times->rogue_ns;
            sum.rogue_file = (uint32_t)i;
        }
        if (sum.steps == 0) {
            sum.step_packet = times->step_packet;
            sum.step_ns = times->step_ns;
            sum.step_file = (uint32_t)i;
        }
        sum.changes += times->changes;
        sum.sorted += times->sorted;
        sum.late += times->late;
        sum.untimed += times->untimed;
        sum.rogues += times->rogues;
        sum.steps += times->steps;
    }
    capture->times = sum;
}

/* Reads an input's next packet; where it has none, that is known when its turn comes. */
static int read_head(struct capture *capture, struct input *input, char *error)
{
    input->status = next_of(input, &input->head, error);
    uint64_t changes = packet_order_times(input->order)->changes;
    if (changes != input->changes)
        add_times(capture);
    input->changes = changes;
    return input->status == TRACE_END ? TRACE_OK : input->status;
}

/* The first one's order is read again last: its packet was borrowed until now. */
static int next_of_several(struct capture *capture, struct capture_packet *packet, char *error)
{
    struct input *first = NULL;
    int status = TRACE_OK;

    if (capture->has_heads)
        status = read_head(capture, &capture->inputs[capture->current], error);
    for (size_t i = 0; !capture->has_heads && status == TRACE_OK && i < capture->count; i++)
        status = read_head(capture, &capture->inputs[i], error);
    if (status != TRACE_OK)
        return status;
    capture->has_heads = true;
    for (size_t i = 0; i < capture->count; i++) {
        struct input *input = &capture->inputs[i];
        if (input->status == TRACE_OK && (!first || input->head.time_ns < first->head.time_ns))
            first = input;
    }
    if (!first)
        return TRACE_END;
    capture->current = (size_t)(first - capture->inputs);
    *packet = first->head;
    return TRACE_OK;
}

int capture_next(struct capture *capture, struct capture_packet *packet, char *error)
{
    if (capture->count == 1)
        return next_of(&capture->inputs[0], packet, error);
    return next_of_several(capture, packet, error);
}

const struct packet_times *capture_times(const struct capture *capture)
{
    return capture->count == 1 ? packet_order_times(capture->inputs[0].order) : &capture->times;
}

void capture_set_wait(struct capture *capture, int wake, void (*before_wait)(void *arg), void *arg)
{
    for (size_t i = 0; i < capture->count; i++)
        byte_source_set_wait(capture_file_bytes(capture->inputs[i].file), wake, before_wait, arg);
}

/* --- what it is ------------------------------------------------------------------------------ */

int capture_link_type(const struct capture *capture)
{
    return capture->link_types[0];
}

const char *capture_link_type_name(const struct capture *capture)
{
    const char *name = pcap_datalink_val_to_name(capture->link_types[0]);

    return name ? name : "unknown";
}

size_t capture_link_types(const struct capture *capture, int link_types[CAPTURE_LINK_TYPES_MAX])
{
    memcpy(link_types, capture->link_types, capture->link_type_count * sizeof(link_types[0]));
    return capture->link_type_count;
}

bool capture_may_have_more_link_types(const struct capture *capture)
{
    for (size_t i = 0; i < capture->count; i++)
        if (capture_file_is_pcapng(capture->inputs[i].file))
            return true;
    return false;
}

struct pcap *capture_pcap(struct capture *capture)
{
    return capture_file_pcap(capture->inputs[0].file, 0);
}

void capture_read_format(const struct capture *capture, struct capture_format *format)
{
    *format = (struct capture_format){.link_type = capture->link_types[0],
                                      .has_several_link_types = capture->link_type_count > 1};
    if (format->has_several_link_types)
        format->link_type = DLT_RAW;
    for (size_t i = 0; i < capture->count; i++) {
        const struct capture_file *file = capture->inputs[i].file;
        format->has_nanoseconds |= capture_file_has_nanoseconds(file);
        if (capture_file_snaplen_bytes(file) > format->snaplen_bytes)
            format->snaplen_bytes = capture_file_snaplen_bytes(file);
    }
}

bool capture_truncated(const struct capture *capture)
{
    bool truncated = false;

    for (size_t i = 0; i < capture->count; i++)
        truncated |= capture_file_truncated(capture->inputs[i].file);
    return truncated;
}

size_t capture_files(const struct capture *capture)
{
    return capture->count;
}

const char *capture_file_path(const struct capture *capture, size_t index)
{
    return capture->inputs[index].path;
}

const char *capture_path(const struct capture *capture)
{
    return capture->inputs[0].path;
}

uint64_t capture_position_bytes(const struct capture *capture)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < capture->count; i++)
        bytes += byte_source_position_bytes(capture_file_bytes(capture->inputs[i].file));
    return bytes;
}

uint64_t capture_size_bytes(const struct capture *capture)
{
    uint64_t bytes = 0;

    if (!capture_is_file(capture))
        return 0;
    for (size_t i = 0; i < capture->count; i++)
        bytes += byte_source_size_bytes(capture_file_bytes(capture->inputs[i].file));
    return bytes;
}

bool capture_is_file(const struct capture *capture)
{
    for (size_t i = 0; i < capture->count; i++)
        if (!byte_source_is_file(capture_file_bytes(capture->inputs[i].file)))
            return false;
    return true;
}

int capture_hash(struct capture *capture, char hex[BYTE_SOURCE_HASH_BYTES], char *error)
{
    char *lines = malloc(capture->count * BYTE_SOURCE_HASH_BYTES);
    int status = TRACE_OK;

    if (!lines)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", capture_path(capture));
    for (size_t i = 0; status == TRACE_OK && i < capture->count; i++) {
        struct byte_source *bytes = capture_file_bytes(capture->inputs[i].file);
        char *line = lines + i * BYTE_SOURCE_HASH_BYTES;
        if (!byte_source_hash(bytes, hex))
            status = trace_fail(error, TRACE_ERROR_OPEN, "%s: %s", capture->inputs[i].path,
                                byte_source_failure(bytes));
        memcpy(line, hex, BYTE_SOURCE_HASH_BYTES - 1);
        line[BYTE_SOURCE_HASH_BYTES - 1] = '\n';
    }
    if (status == TRACE_OK && capture->count > 1)
        byte_source_hash_bytes(lines, capture->count * BYTE_SOURCE_HASH_BYTES, hex);
    free(lines);
    return status;
}

void capture_free(struct capture *capture)
{
    if (!capture)
        return;
    for (size_t i = 0; i < capture->count; i++) {
        packet_order_free(capture->inputs[i].order);
        capture_file_free(capture->inputs[i].file);
    }
    free(capture->paths);
    free(capture);
}
