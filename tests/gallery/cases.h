/*
 * The cases of gallery_native: each shows, on a separate fixture, one behaviour of libevent's rate
 * limiting, and prints its figures as one line on standard output. Entries of the same name in
 * entries/ say what they mean.
 */
#ifndef SHAPESIM_TESTS_GALLERY_CASES_H
#define SHAPESIM_TESTS_GALLERY_CASES_H

/* cases_buckets.c: what a bucket holds, and what of it may be used at once */
void act_limits_values(void);
void act_tick_default(void);
void act_read_sizes(void);
void act_share_clipped(void);
void act_bucket_credit(void);
void act_bucket_toggle(void);
void act_bucket_2_32(void);
void act_bucket_by_hand(void);
void act_tick_late(void);

/* cases_members.c: which members are limited, and by what */
void act_pair_in_group(void);
void act_pair_by_hand(void);
void act_filter_in_group(void);
void act_share_0(void);
void act_share_one_pass(void);
void act_group_one_at_a_time(void);
void act_group_totals(void);

/* cases_clocks.c: ticks against the two clocks */
void act_tick_fraction(void);
void act_tick_changed(void);
void act_clock_set(void);
void act_clock_first_seconds(void);

/* cases_crashes.c: what ends the process; shown in a child process */
void act_tick_below_1_ms(void);
void act_tick_not_normalised(void);
void act_group_free(void);

#endif
