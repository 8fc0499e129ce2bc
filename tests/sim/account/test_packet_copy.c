#include "sim/account/packet_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME   "frame with its headers and payload"
#define CONTENT "payload"

/* What is kept is a copy; what is not has no bytes, and the packet's other members are those of the
 * event. */
static void what_is_asked_for_is_kept(void **state)
{
    (void)state;

    for (int kept = 0; kept < 4; kept++) {
        bool keeps_frame = kept & 1, keeps_content = kept & 2;
        char frame[] = FRAME, content[] = CONTENT;
        const struct flow_event from = {.packet = {.time_ns = 1500000123,
                                                   .data = (const uint8_t *)frame,
                                                   .captured_bytes = sizeof(frame),
                                                   .wire_bytes = 1514,
                                                   .link_type = 113},
                                        .content = (const uint8_t *)content,
                                        .content_bytes = sizeof(content)};
        struct held_copy *copy = packet_copy_new(&from, keeps_frame, keeps_content);
        struct flow_event event = {.bytes = 7, .time_us = 9};

        assert_non_null(copy);
        assert_null(copy->next);
        memset(frame, 'x', sizeof(frame)); /* the event's bytes are valid until the next one */
        memset(content, 'x', sizeof(content));
        packet_copy_fill(copy, &event);
        assert_int_equal(event.packet.time_ns, 1500000123);
        assert_int_equal(event.packet.wire_bytes, 1514);
        assert_int_equal(event.packet.link_type, 113);
        assert_int_equal(event.packet.captured_bytes, keeps_frame ? sizeof(frame) : 0);
        assert_int_equal(event.content_bytes, keeps_content ? sizeof(content) : 0);
        if (keeps_frame)
            assert_memory_equal(event.packet.data, FRAME, sizeof(FRAME));
        if (keeps_content)
            assert_memory_equal(event.content, CONTENT, sizeof(CONTENT));
        assert_int_equal(event.bytes, 7);
        assert_int_equal(event.time_us, 9);
        free(copy);
    }
}

/* A packet of no bytes, as an ACK without its frame. */
static void nothing_is_kept_of_nothing(void **state)
{
    (void)state;
    const struct flow_event from = {.packet = {.wire_bytes = 54}};
    struct flow_event event = {.content_bytes = 1};
    struct held_copy *copy = packet_copy_new(&from, true, true);

    assert_non_null(copy);
    packet_copy_fill(copy, &event);
    assert_int_equal(event.packet.captured_bytes, 0);
    assert_int_equal(event.packet.wire_bytes, 54);
    assert_int_equal(event.content_bytes, 0);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_is_kept),
        cmocka_unit_test(nothing_is_kept_of_nothing),
    };

    return cmocka_run_group_tests_name("packet_copy", tests, NULL, NULL);
}
