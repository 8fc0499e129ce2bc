/*
 * The replay: a trace's events, one channel per flow, libevent's loop under the virtual clock.
 *
 * The one way data takes:  flow_source -> arrivals -> channel (libevent decides) -> delivered ->
 * counts of flow and group -> rows at each tick's end, at each flow's end.
 *
 * Its parts are layers, from the top: replay.c has the whole, replay_time the clock,
 * replay_standstill the end of a replay without progress, replay_events the config's events,
 * replay_flows the trace's, replay_groups the groups. Each owns its own state. Below, in
 * sim/account, are a flow and its channel; they report to the replay only through struct run_state.
 *
 * What must hold at every instant, and is asserted by tests on every row: per flow offered =
 * delivered + backlog; per group the flows' sums. The bytes of a tick are those that were charged
 * to the shaped ends' buckets: with TLS handshakes and whole records, else what was delivered.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_H
#define SHAPESIM_SIM_REPLAY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/outcome.h"
#include "sim/config/config.h"
#include "sim/replay/replay_setup.h"
#include "traces/flow_source.h"

struct replay;

/* Prepares a replay of `source` (borrowed) and compiles the groups' filters for it. The caller
 * owns *replay. */
int replay_new(const struct run_config *config, struct flow_source *source, struct replay **replay,
               char *error);

/* Whether a flow with this first packet belongs to a group with limits; `arg` is the replay. */
bool replay_limits_flow(void *arg, const struct capture_packet *packet);

/* Runs it to its end. `error` is set for REPLAY_FAILED. */
enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error);

/* The result, after the run. What it refers to is borrowed, valid until replay_free(). */
void replay_outcome(const struct replay *replay, struct outcome *outcome);

void replay_free(struct replay *replay);

/* Checks that libevent uses this program's clock and random numbers and can be observed: SIM_OK, or
 * SIM_FAILED with what is wrong. */
int replay_self_check(char *error);

#endif
