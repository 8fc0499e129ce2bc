/*
 * What a checker of a run finds in exchanges.csv, and in the completion times of flows.csv:
 *
 *   a row         its times are in order, and within its flow's; in open replay nothing comes
 * earlier than in the capture a flow        its exchanges count from 1, each begins no earlier than
 * the one before; in a run that lost nothing they have the bytes that were offered (--count stream)
 *   summary.json  each group's numbers of exchanges and of flows; its times and slowdowns, sorted
 *                 here: maxima to the microsecond, percentiles to 0.8 %; what is not known is
 *                 infinite; the slowest exchanges
 */
#ifndef SHAPESIM_TESTS_PROGRAM_RUN_EXCHANGES_H
#define SHAPESIM_TESTS_PROGRAM_RUN_EXCHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* A flow of flows.csv. */
struct exchange_flow {
    const char *group; /* borrowed; NULL: there is no such flow */
    bool is_tcp, moves, has_lost;
    int64_t start_us, end_us;
    int64_t offered_bytes[2]; /* requests, responses */
};

typedef struct exchange_flow exchange_flow_callback(int64_t flow);

/* A flow with payload: -1 us where all of it was not delivered. */
void run_exchanges_note_completion(const char *group, int64_t captured_us, int64_t us);

/* Ends the program with what is wrong. `is_whole`: the run drained, and lost nothing. */
void run_exchanges_check(const char *directory, json_t *summary, bool is_whole,
                         exchange_flow_callback *flow_of);
void run_exchanges_free(void);

#endif
