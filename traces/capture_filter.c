#include "traces/capture_filter.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "traces/filter_compiler.h"
#include "traces/link_layer.h"

/* An expression, compiled for the packets of one link type. */
struct link_filter {
    int link_type;
    bool meets_ip; /* it is for raw IP: libpcap cannot filter the link type */
    struct bpf_program program;
};

struct capture_filter {
    size_t count;
    struct link_filter links[CAPTURE_LINK_TYPES_MAX];
    bool has_others;
    struct bpf_program others; /* for the IP packets of link types that come later */
};

/* What libpcap says of every expression for such a link type. */
static bool says_not_implemented(const char *text)
{
    return strstr(text, "link-layer type filtering not implemented") != NULL;
}

static int compile_dead(struct capture *capture, int link_type, const char *expression,
                        struct bpf_program *program, char *error)
{
    struct capture_format format;

    capture_read_format(capture, &format);
    pcap_t *dead = pcap_open_dead(link_type, (int)format.snaplen_bytes);
    if (!dead)
        return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
    int status = filter_compile(dead, expression, program, error);
    pcap_close(dead);
    return status;
}

/* libpcap's name of a link type, or else its number. */
static void print_link_type(char *text, size_t bytes, int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);

    if (name)
        snprintf(text, bytes, "%s", name);
    else
        snprintf(text, bytes, "%d", link_type);
}

/* libpcap knows more of a file that it has opened itself: which address families there may be. */
static int compile_for_frames(struct capture *capture, const char *expression,
                              struct link_filter *link, char *error)
{
    if (link->link_type == capture_link_type(capture))
        return filter_compile(capture_pcap(capture), expression, &link->program, error);
    return compile_dead(capture, link->link_type, expression, &link->program, error);
}

static int compile(struct capture *capture, const char *expression, struct link_filter *link,
                   char *error)
{
    char text[TRACE_ERROR_BYTES], name[32];
    int status = compile_for_frames(capture, expression, link, error);

    if (status != TRACE_ERROR_FILTER || !says_not_implemented(error))
        return status;
    link->meets_ip = true;
    status = compile_dead(capture, DLT_RAW, expression, &link->program, text);
    if (status == TRACE_OK)
        return TRACE_OK;
    print_link_type(name, sizeof(name), link->link_type);
    return trace_fail(error, (enum trace_status)status,
                      "libpcap cannot filter link type %s, and the IP packets in it cannot be "
                      "filtered by this: %.300s",
                      name, text);
}

/* A pcapng file may name a link type after its first packet, and nothing is compiled then. */
static int compile_others(struct capture *capture, const char *expression,
                          struct capture_filter *filter, char *error)
{
    if (!capture_may_have_more_link_types(capture))
        return TRACE_OK;
    int status = compile_dead(capture, DLT_RAW, expression, &filter->others, error);
    filter->has_others = status == TRACE_OK;
    return status == TRACE_ERROR_FILTER ? TRACE_OK : status;
}

/* Fills in those link types for which the expression compiles. Where it does not (`vlan` in raw
 * IP), no packet can meet it. */
static int compile_all(struct capture *capture, const char *expression,
                       struct capture_filter *filter, char *error)
{
    int link_types[CAPTURE_LINK_TYPES_MAX];
    size_t count = capture_link_types(capture, link_types);
    char text[TRACE_ERROR_BYTES];
    int result = TRACE_OK;

    for (size_t i = 0; i < count; i++) {
        struct link_filter *link = &filter->links[filter->count];
        *link = (struct link_filter){.link_type = link_types[i]};
        int status = compile(capture, expression, link, text);
        if (status == TRACE_OK)
            filter->count++;
        else if (status != TRACE_ERROR_FILTER)
            return trace_fail(error, (enum trace_status)status, "%s", text);
        else if (result == TRACE_OK)
            result = trace_fail(error, TRACE_ERROR_FILTER, "%s", text);
    }
    if (filter->count == 0)
        return result;
    return compile_others(capture, expression, filter, error);
}

int capture_filter_compile(struct capture *capture, const char *what, const char *expression,
                           struct capture_filter **out, char *error)
{
    struct capture_filter *filter = calloc(1, sizeof(*filter));
    char text[TRACE_ERROR_BYTES];

    if (!filter)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", what);
    int status = compile_all(capture, expression, filter, text);
    if (status != TRACE_OK) {
        capture_filter_free(filter);
        return trace_fail(error, (enum trace_status)status, "%s '%s': %s", what, expression, text);
    }
    *out = filter;
    return TRACE_OK;
}

static bool matches_bytes(const struct bpf_program *program, const uint8_t *data,
                          uint32_t captured_bytes, uint32_t wire_bytes)
{
    struct pcap_pkthdr header = {.caplen = captured_bytes, .len = wire_bytes};

    return pcap_offline_filter(program, &header, data) != 0;
}

static bool matches_ip(const struct bpf_program *program, const struct capture_packet *packet)
{
    struct view view = view_of(packet);

    return link_layer_skip(packet->link_type, &view, NULL) == SKIP_NONE &&
           matches_bytes(program, view.data, view.captured, view.wire);
}

/* Makes a frame of which the tags are left out and the type of what follows them stands where the
 * first one was announced. */
static bool matches_untagged(const struct link_filter *link, const struct capture_packet *packet,
                             const struct link_tags *tags)
{
    uint8_t frame[CAPTURE_FILTER_UNTAGGED_BYTES];
    uint32_t after_tags = tags->offset + tags->bytes;
    uint32_t rest_bytes =
        min_u32(packet->captured_bytes - after_tags, (uint32_t)sizeof(frame) - tags->offset);

    memcpy(frame, packet->data, tags->offset);
    memcpy(frame + tags->type_offset, packet->data + after_tags - 2, 2);
    memcpy(frame + tags->offset, packet->data + after_tags, rest_bytes);
    return matches_bytes(&link->program, frame, tags->offset + rest_bytes,
                         packet->wire_bytes - tags->bytes);
}

static bool matches_frame(const struct link_filter *link, const struct capture_packet *packet)
{
    struct link_tags tags;

    if (matches_bytes(&link->program, packet->data, packet->captured_bytes, packet->wire_bytes))
        return true;
    struct view view = view_of(packet);
    link_layer_skip(link->link_type, &view, &tags);
    return tags.bytes > 0 && matches_untagged(link, packet, &tags);
}

bool capture_filter_matches(const struct capture_filter *filter,
                            const struct capture_packet *packet)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct link_filter *link = &filter->links[i];
        if (link->link_type == packet->link_type)
            return link->meets_ip ? matches_ip(&link->program, packet)
                                  : matches_frame(link, packet);
    }
    return filter->has_others && matches_ip(&filter->others, packet);
}

void capture_filter_free(struct capture_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        free(filter->links[i].program.bf_insns);
    free(filter->others.bf_insns);
    free(filter);
}
