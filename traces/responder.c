#include "traces/responder.h"

#define WELL_KNOWN_PORTS 1024
#define LOW_PORTS        32768 /* Linux draws the ports of clients from here on */

const char *responder_rule_name(enum responder_rule rule)
{
    switch (rule) {
    case RESPONDER_BY_OPTION:
        return "option";
    case RESPONDER_BY_SYN:
        return "syn";
    case RESPONDER_BY_WELL_KNOWN_PORT:
        return "port_below_1024";
    case RESPONDER_BY_LOW_PORT:
        return "port_below_32768";
    case RESPONDER_BY_FIRST_PACKET:
        return "first_packet";
    case RESPONDER_RULES:
        break;
    }
    return "unknown";
}

bool responder_is_receiver(const struct packet_info *info, bool matches_option,
                           enum responder_rule *rule)
{
    uint16_t source = info->source.port, destination = info->destination.port;
    bool has_roles = info->protocol == PROTOCOL_TCP || info->protocol == PROTOCOL_UDP;

    if (matches_option) {
        *rule = RESPONDER_BY_OPTION;
        return true;
    }
    if (info->tcp_flags & TCP_SYN) {
        *rule = RESPONDER_BY_SYN;
        return !(info->tcp_flags & TCP_ACK);
    }
    if (has_roles && (source < WELL_KNOWN_PORTS) != (destination < WELL_KNOWN_PORTS)) {
        *rule = RESPONDER_BY_WELL_KNOWN_PORT;
        return destination < WELL_KNOWN_PORTS;
    }
    if (has_roles && (source < LOW_PORTS) != (destination < LOW_PORTS)) {
        *rule = RESPONDER_BY_LOW_PORT;
        return destination < LOW_PORTS;
    }
    *rule = RESPONDER_BY_FIRST_PACKET;
    return true;
}
