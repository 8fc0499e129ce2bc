/*
 * A group's two buckets, tick by tick, as libevent's arithmetic has them:
 *
 *     end = start - bytes - what events took;  next start = min(burst, end + rate)
 *
 * With rate 100 and burst 250 a tick that starts with 180 and carries 120 B ends with 60; the next
 * one starts with 160.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_BUCKETS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_BUCKETS_H

#include "sim/verify/verify_rows.h"

/* False on allocation failure. */
bool buckets_open(struct verification *verification);
void buckets_free(struct verification *verification);

/* The tick that the group's next row, or an event, belongs to. */
int64_t buckets_tick(const struct verification *verification, const struct verified_group *group);

/* The next row, or event, is of `tick`: ticks in between were idle and have no rows. Returns how
 * many, 0 where that is a failure. */
int64_t buckets_open_tick(struct verification *verification, const struct verified_group *group,
                          int64_t tick, const struct csv_reader *reader, int column);

/* The open tick of one direction as its row has it. */
struct verified_bucket_row {
    const struct csv_reader *reader;
    int start_column, end_column, bytes_column, total_column;
    int64_t start_bytes, end_bytes, bytes, total_bytes;
};

/* Compares it with the result of the tick before and the events. A group without buckets has totals
 * only. */
void buckets_check_row(struct verification *verification, const struct verified_group *group,
                       int direction, const struct verified_bucket_row *row);

/* Ends the tick, after both directions, with these backlogs. */
void buckets_close_tick(struct verification *verification, const struct verified_group *group,
                        const int64_t backlog_bytes[SHAPER_DIRECTIONS]);

/* After the last row: checks the lowest level and windows of any length. */
void buckets_finish(struct verification *verification, const struct verified_group *group);

/* --- what is in force ------------------------------------------------------------------------ */

/* Rate and burst of the group with its tick; false without buckets. */
bool buckets_limit(const struct verification *verification, const struct verified_group *group,
                   struct shaper_limit *limit);
int64_t buckets_effective_min_share_bytes(const struct verification *verification,
                                          const struct verified_group *group);

/* What the open tick should have started with, and what events have taken of it since. */
int64_t buckets_level_bytes(const struct verification *verification,
                            const struct verified_group *group, int direction);
int64_t buckets_taken_bytes(const struct verification *verification,
                            const struct verified_group *group, int direction);

/* The most that any k ticks carried beyond rate x (k - 1). */
int64_t buckets_sigma_bytes(const struct verification *verification,
                            const struct verified_group *group, int direction);

/* --- events ---------------------------------------------------------------------------------- */

/* Sets the limit from now on; `min_share_bytes` as requested. */
void buckets_set_limit(struct verification *verification, const struct verified_group *group,
                       const struct shaper_limit *limit, int64_t min_share_bytes);

/* Sets the level before the first tick. */
void buckets_set_initial(struct verification *verification, const struct verified_group *group,
                         int direction, int64_t level_bytes);

/* An event found the bucket at one level and left it at another. */
struct bucket_event {
    int64_t before_bytes, after_bytes;
    bool touches; /* it may have changed the level */
    bool resets;  /* the total counts from it on */
};

/* Returns whether the level fits: no more than at the event before in the same tick. */
bool buckets_note_event(struct verification *verification, const struct verified_group *group,
                        int direction, const struct bucket_event *event);

#endif
