/*
 * Which end of a flow is the responder, the server, by the flow's first packet. The first of these
 * rules that knows decides:
 *
 * 1. `--responder`: the receiver, if the packet matches.
 * 2. TCP's handshake: the receiver of a SYN, the sender of a SYN+ACK.
 * 3. TCP and UDP: the end with a port below 1024, if the other one's is not.
 * 4. TCP and UDP: the end with a port below 32768, if the other one's is not.
 * 5. The receiver of the first packet.
 */
#ifndef SHAPESIM_TRACES_RESPONDER_H
#define SHAPESIM_TRACES_RESPONDER_H

#include <stdbool.h>

#include "traces/decode.h"

enum responder_rule {
    RESPONDER_BY_OPTION,
    RESPONDER_BY_SYN,
    RESPONDER_BY_WELL_KNOWN_PORT,
    RESPONDER_BY_LOW_PORT,
    RESPONDER_BY_FIRST_PACKET,
    RESPONDER_RULES,
};

/* As in summary.json. */
const char *responder_rule_name(enum responder_rule rule);

/* Whether the sender of a flow's first packet is its initiator, and the rule that says so.
 * `matches_option`: the packet matches --responder. */
bool responder_is_receiver(const struct packet_info *info, bool matches_option,
                           enum responder_rule *rule);

#endif
