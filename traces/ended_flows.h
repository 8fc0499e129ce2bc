/*
 * What is remembered of TCP connections that have ended and retired: the key, the next sequence
 * number of either direction, and when the last packet came. Packets that come later belong to the
 * connection that ended, until there has been none for the idle timeout, or a SYN opens a new one.
 *
 * Memory: one record of about 150 bytes per connection, `max_flows` at most; the one that was added
 * or met longest ago is forgotten first.
 */
#ifndef SHAPESIM_TRACES_ENDED_FLOWS_H
#define SHAPESIM_TRACES_ENDED_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/flow_table.h"

struct ended_flows;

/* The caller owns the result, frees it with ended_flows_free(); NULL on allocation failure. */
struct ended_flows *ended_flows_new(int64_t idle_timeout_us, uint64_t max_flows);
void ended_flows_free(struct ended_flows *ended);

/* Remembers a connection. 0, or -1 on allocation failure. */
int ended_flows_add(struct ended_flows *ended, const struct flow_remains *remains);

/* Whether a packet belongs to a connection that has ended, rather than to a new one. *late_bytes
 * are the bytes of its payload that the connection had not carried before. A SYN makes the
 * connection forgotten. `time_us` never falls between calls. */
bool ended_flows_take(struct ended_flows *ended, const struct flow_key *key, int64_t time_us,
                      const struct packet_info *info, uint32_t *late_bytes);

#endif
