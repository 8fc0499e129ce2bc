#include "traces/responder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void the_first_rule_that_knows_decides(void **state)
{
    (void)state;
    const struct {
        uint8_t protocol, flags;
        uint16_t source, destination;
        bool matches_option, is_receiver;
        enum responder_rule rule;
    } rows[] = {
        {PROTOCOL_TCP, TCP_SYN, 80, 40000, false, true, RESPONDER_BY_SYN},
        {PROTOCOL_TCP, TCP_SYN | TCP_ACK, 40000, 80, false, false, RESPONDER_BY_SYN},
        {PROTOCOL_TCP, TCP_SYN | TCP_ACK, 40000, 80, true, true, RESPONDER_BY_OPTION},
        {PROTOCOL_UDP, 0, 53, 40000, true, true, RESPONDER_BY_OPTION},
        {PROTOCOL_TCP, TCP_ACK, 40000, 1023, false, true, RESPONDER_BY_WELL_KNOWN_PORT},
        {PROTOCOL_TCP, TCP_ACK, 1023, 40000, false, false, RESPONDER_BY_WELL_KNOWN_PORT},
        {PROTOCOL_TCP, TCP_RST, 1023, 1024, false, false, RESPONDER_BY_WELL_KNOWN_PORT},
        {PROTOCOL_UDP, 0, 1023, 40000, false, false, RESPONDER_BY_WELL_KNOWN_PORT},
        {PROTOCOL_TCP, TCP_ACK, 1024, 32768, false, false, RESPONDER_BY_LOW_PORT},
        {PROTOCOL_TCP, TCP_ACK, 32768, 32767, false, true, RESPONDER_BY_LOW_PORT},
        {PROTOCOL_UDP, 0, 32767, 65535, false, false, RESPONDER_BY_LOW_PORT},
        {PROTOCOL_TCP, TCP_ACK, 1024, 32767, false, true, RESPONDER_BY_FIRST_PACKET},
        {PROTOCOL_TCP, TCP_ACK, 80, 443, false, true, RESPONDER_BY_FIRST_PACKET},
        {PROTOCOL_UDP, 0, 50000, 40000, false, true, RESPONDER_BY_FIRST_PACKET},
        {PROTOCOL_UDP, 0, 0, 0, false, true, RESPONDER_BY_FIRST_PACKET}, /* a later fragment */
        {PROTOCOL_SCTP, 0, 80, 40000, false, true, RESPONDER_BY_FIRST_PACKET},
        {1, 0, 0, 0, false, true, RESPONDER_BY_FIRST_PACKET},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct packet_info info = {.protocol = rows[i].protocol,
                                         .tcp_flags = rows[i].flags,
                                         .source.port = rows[i].source,
                                         .destination.port = rows[i].destination};
        enum responder_rule rule = RESPONDER_RULES;
        bool is_receiver = responder_is_receiver(&info, rows[i].matches_option, &rule);
        if (is_receiver != rows[i].is_receiver || rule != rows[i].rule)
            fail_msg("row %zu: %d by %s", i, is_receiver, responder_rule_name(rule));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_rule_that_knows_decides)};

    return cmocka_run_group_tests_name("responder", tests, NULL, NULL);
}
