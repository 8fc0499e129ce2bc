#include "sim/account/packet_copy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct packet_copy {
    struct held_copy held; /* the first member */
    struct capture_packet packet;
    uint32_t content_bytes;
    uint8_t bytes[]; /* of the frame, then of the content */
};

struct held_copy *packet_copy_new(const struct flow_event *event, bool keeps_frame,
                                  bool keeps_content)
{
    size_t frame_bytes = keeps_frame ? event->packet.captured_bytes : 0;
    size_t content_bytes = keeps_content ? event->content_bytes : 0;
    struct packet_copy *copy = malloc(sizeof(*copy) + frame_bytes + content_bytes);

    if (!copy)
        return NULL;
    copy->held.next = NULL;
    copy->packet = event->packet;
    copy->packet.captured_bytes = (uint32_t)frame_bytes;
    copy->packet.data = NULL;
    copy->content_bytes = (uint32_t)content_bytes;
    if (frame_bytes > 0)
        memcpy(copy->bytes, event->packet.data, frame_bytes);
    if (content_bytes > 0)
        memcpy(copy->bytes + frame_bytes, event->content, content_bytes);
    return &copy->held;
}

void packet_copy_fill(const struct held_copy *held, struct flow_event *event)
{
    const struct packet_copy *copy = (const struct packet_copy *)held;

    event->packet = copy->packet;
    event->packet.data = copy->bytes;
    event->content = copy->bytes + copy->packet.captured_bytes;
    event->content_bytes = copy->content_bytes;
}
