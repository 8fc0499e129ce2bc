/*
 * Values with units, as users write and read them. Decimal k is 1000, Ki is 1024.
 *
 * Rate: kbit mbit gbit (bits per second), B/s kB/s MB/s KiB/s MiB/s, or B/tick, libevent's own.
 * Size: B kB MB KiB MiB; a bare number is bytes. Time: us ms s m h. Numbers may have up to six
 * decimals and are taken exactly. A unit that is close to one of these is asked for in the error.
 *
 * Example: 10mbit with a tick of 10 ms is 10,000,000 / 8 / 100 = 12,500 bytes per tick.
 */
#ifndef SHAPESIM_SIM_BASE_UNITS_H
#define SHAPESIM_SIM_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/sim.h"

struct unit;

struct rate_value {
    const struct unit *unit; /* as typed; NULL: none was */
    bool is_per_tick;
    int64_t bytes_per_tick; /* if is_per_tick */
    int64_t microbits_per_s;
};

/* Each reads `text`, which `what` (a flag or a key) names in the error; SIM_OK or SIM_MISUSE. */
int unit_rate(const char *what, const char *text, struct rate_value *rate, char *error);
int unit_size_bytes(const char *what, const char *text, int64_t *bytes, char *error);
int unit_time_us(const char *what, const char *text, int64_t *us, char *error);
int unit_count(const char *what, const char *text, int64_t least, int64_t most, int64_t *count,
               char *error);

/* Reads "12.5" as 12,500,000 millionths; returns what follows, NULL if it is no such number. */
const char *unit_number(const char *text, int64_t *millionths);

/* As it is typed: "mbit"; and the unit of rates with that name, NULL: none. */
const char *unit_name(const struct unit *unit);
const struct unit *unit_of_rates(const char *name);

/* A rate in whole bytes per tick, rounded down; *exact says whether nothing was cut off. Saturates
 * at INT64_MAX. */
int64_t unit_rate_per_tick(const struct rate_value *rate, int64_t tick_ms, bool *exact);

#define UNIT_TEXT_BYTES 48

/* Texts for people: "1.25 MB/s", "12.5 kB", "1.500000 s", without needless zeros. A rate is in the
 * unit that was typed: "4 Mbit/s" where that was mbit, "500 kB/s" where it was kB/s; with NULL in
 * B/s, kB/s, ... whichever suits. */
void unit_print_rate(char text[UNIT_TEXT_BYTES], int64_t bytes_per_tick, int64_t tick_ms,
                     const struct unit *unit);
void unit_print_size(char text[UNIT_TEXT_BYTES], uint64_t bytes);
void unit_print_time(char text[UNIT_TEXT_BYTES], int64_t us);

#endif
