/*
 * The files of a finished run, which a test changes one at a time and verifies in the scratch
 * directory. They are recorded (two_flows.h) or those of a run that is made for the test.
 *
 * Example: a run of one flow with a header of 10 bytes for each segment of 100, in which one count
 * is changed:
 *
 *     static const struct changed_run_packet packets[] = {{0, 1, false, 250}};
 *     static const struct two_flows_case cases[] = {
 *         {"filters.csv", ",250,280,", ",250,281,", CHECK_FILTERS, "..."}};
 *
 *     changed_run_make(packets, 1, "--via overhead=10/100");
 *     changed_run_expect(cases, 1);
 *
 * A failure ends the test.
 */
#ifndef SHAPESIM_TESTS_SIM_VERIFY_CHANGED_RUN_H
#define SHAPESIM_TESTS_SIM_VERIFY_CHANGED_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/verify/two_flows.h"

/* A UDP datagram of flow 1, 2, ...: from 10.0.0.1:1000 + flow to 10.0.0.2:53, or the answer. */
struct changed_run_packet {
    int64_t time_us;
    uint32_t flow;
    bool is_answer;
    uint32_t bytes; /* of payload */
};

/* The limits of most runs that are made, all flows recorded. */
#define CHANGED_RUN_LIMITS \
    "--rate 100B/tick --burst 200 --tick 100ms --min-share 50 --flow-ticks all"

/* Takes the files of a run from `directory`. */
void changed_run_read(const char *directory);

/* Takes the files of `shapesim run` on a trace of these packets with these options. */
void changed_run_make(const struct changed_run_packet *packets, size_t count, const char *options);

/* Likewise of a run in which flow 1 moves at 0.15 s from `up` to `sub`, a group in it. `up` carries
 * 100 B in tick 2: 50 B of each flow. `flow_ticks` is the value of that option. */
void changed_run_make_moving(const char *flow_ticks);

/* Verifies the files as they are, without hashes: nothing is wrong; then with each change, made
 * alone, which is found. */
void changed_run_expect(const struct two_flows_case *cases, size_t count);

/* Verifies the files, with their hashes if `has_hashes`. `change` is NULL for none; with an empty
 * `from`, `to` is the whole file, or the file is missing if that is NULL. */
void changed_run_verify(const struct two_flows_case *change, bool has_hashes,
                        struct checks *checks);

/* Changes one byte of a file until the next changed_run_read() or _make(); returns the old one. */
uint8_t changed_run_set_byte(const char *file, size_t offset, uint8_t value);

#endif
