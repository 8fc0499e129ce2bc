#include "traces/capture_filter.h"

#include <stdlib.h>

#include <pcap/pcap.h>

#include "traces/filter_compiler.h"

/* An expression, compiled for the packets of one link type. */
struct link_filter {
    int link_type;
    struct bpf_program program;
};

struct capture_filter {
    size_t count;
    struct link_filter links[CAPTURE_LINK_TYPES_MAX];
};

static int compile(struct capture *capture, const char *expression, struct link_filter *link,
                   char *error)
{
    struct capture_format format;

    if (link->link_type == capture_link_type(capture))
        return filter_compile(capture_pcap(capture), expression, &link->program, error);
    capture_read_format(capture, &format);
    pcap_t *dead = pcap_open_dead(link->link_type, (int)format.snaplen_bytes);
    if (!dead)
        return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
    int status = filter_compile(dead, expression, &link->program, error);
    pcap_close(dead);
    return status;
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
    return filter->count > 0 ? TRACE_OK : result;
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

bool capture_filter_matches(const struct capture_filter *filter,
                            const struct capture_packet *packet)
{
    struct pcap_pkthdr header = {.caplen = packet->captured_bytes, .len = packet->wire_bytes};

    for (size_t i = 0; i < filter->count; i++)
        if (filter->links[i].link_type == packet->link_type)
            return pcap_offline_filter(&filter->links[i].program, &header, packet->data) != 0;
    return false;
}

void capture_filter_free(struct capture_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        free(filter->links[i].program.bf_insns);
    free(filter);
}
