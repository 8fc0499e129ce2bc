#include "sim/account/response_ends.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS  64
#define FIRST_ROOM 1024

struct response_ends {
    uint64_t *words;
    size_t room; /* of words */
};

static int add(struct response_ends *ends, uint32_t number)
{
    size_t word = number / WORD_BITS;
    size_t room = ends->room ? ends->room : FIRST_ROOM;

    while (room <= word)
        room *= 2;
    if (room > ends->room) {
        uint64_t *words = reallocarray(ends->words, room, sizeof(*words));
        if (!words)
            return -1;
        memset(words + ends->room, 0, (room - ends->room) * sizeof(*words));
        ends->words = words;
        ends->room = room;
    }
    ends->words[word] |= UINT64_C(1) << number % WORD_BITS;
    return 0;
}

/* A flow's slot has the number of its responder's last payload packet; 0: none since the request.
 */
static int take_event(struct response_ends *ends, const struct flow_event *event, uint32_t number)
{
    uintptr_t last = (uintptr_t)*event->user;
    bool is_payload = event->kind == FLOW_EVENT_PACKET && event->is_tcp && event->new_bytes > 0;

    if (is_payload && event->direction == FLOW_FROM_RESPONDER) {
        *event->user = (void *)(uintptr_t)number;
        return 0;
    }
    if (last == 0 || (!is_payload && event->kind != FLOW_EVENT_RETIRE))
        return 0;
    *event->user = NULL;
    return add(ends, (uint32_t)last);
}

int response_ends_read(struct flow_source *source, const volatile sig_atomic_t *stop,
                       struct response_ends **out, char *error)
{
    struct response_ends *ends = calloc(1, sizeof(*ends));
    const char *path = capture_path(flow_source_capture(source));
    struct flow_event event;
    char text[TRACE_ERROR_BYTES];
    int status = TRACE_OK;

    if (!ends)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", path);
    *out = ends;
    while (!*stop && (status = flow_source_next(source, &event, text)) == TRACE_OK)
        if (take_event(ends, &event, flow_source_packet_number(source)) != 0)
            return sim_fail(error, SIM_FAILED, "%s: out of memory", path);
    if (status == TRACE_END)
        return SIM_OK;
    if (status == TRACE_OK || *stop)
        return sim_fail(error, SIM_INTERRUPTED, "%s: interrupted in the first pass", path);
    return sim_fail(error, SIM_FAILED, "%s", text);
}

bool response_ends_has(const struct response_ends *ends, uint32_t number)
{
    size_t word = number / WORD_BITS;

    return word < ends->room && ends->words[word] >> number % WORD_BITS & 1;
}

void response_ends_free(struct response_ends *ends)
{
    if (!ends)
        return;
    free(ends->words);
    free(ends);
}
