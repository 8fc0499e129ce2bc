#include "sim/account/summary_streams.h"

#include "sim/base/json_text.h"

json_t *summary_skipped(const struct flow_source_counts *counts)
{
    json_t *skipped = json_object();

    for (int reason = SKIP_NONE + 1; reason < SKIP_REASONS; reason++)
        if (counts->skipped[reason] > 0)
            json_object_set_new(skipped, skip_reason_name((enum skip_reason)reason),
                                json_u64(counts->skipped[reason]));
    return skipped;
}

void summary_streams(json_t *object, const struct flow_source_counts *counts)
{
    json_t *rules = json_object();

    json_object_set_new(object, "tcp_payload_bytes", json_u64(counts->tcp_payload_bytes));
    json_object_set_new(object, "retransmitted_packets", json_u64(counts->retransmitted_packets));
    json_object_set_new(object, "retransmitted_bytes", json_u64(counts->retransmitted_bytes));
    json_object_set_new(object, "duplicate_packets", json_u64(counts->duplicate_packets));
    json_object_set_new(object, "duplicate_bytes", json_u64(counts->duplicate_bytes));
    json_object_set_new(object, "duplicate_datagrams", json_u64(counts->duplicate_datagrams));
    json_object_set_new(object, "duplicate_datagram_bytes",
                        json_u64(counts->duplicate_datagram_bytes));
    json_object_set_new(object, "given_up_gaps", json_u64(counts->given_up_gaps));
    json_object_set_new(object, "late_bytes", json_u64(counts->late_bytes));
    for (int rule = 0; rule < RESPONDER_RULES; rule++)
        json_object_set_new(rules, responder_rule_name((enum responder_rule)rule),
                            json_u64(counts->responder_rules[rule]));
    json_object_set_new(object, "responders_by", rules);
}
