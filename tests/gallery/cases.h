/*
 * The cases of gallery_native: each shows, on a separate fixture, one behaviour of libevent's
 * bufferevents, and prints its figures as one line on standard output. Entries of the same name in
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
void act_single_calls(void);
void act_limits_calls(void);

/* cases_members.c: which members are limited, and by what */
void act_pair_in_group(void);
void act_pair_by_hand(void);
void act_filter_in_group(void);
void act_share_0(void);
void act_share_one_pass(void);
void act_group_one_at_a_time(void);
void act_group_totals(void);
void act_limits_flush(void);

/* cases_clocks.c: ticks against the two clocks */
void act_tick_fraction(void);
void act_tick_changed(void);
void act_clock_set(void);
void act_clock_first_seconds(void);

/* cases_pairs.c: what pairs do, beside limits */
void act_pair_new(void);
void act_pair_partner(void);
void act_pair_freed(void);
void act_pair_deferred(void);
void act_pair_flush(void);
void act_pair_after_end(void);

/* cases_options.c, cases_threads.c: the options of bufferevents, locks */
void act_option_close_on_free(void);
void act_option_defer(void);
void act_option_threadsafe(void);
void act_option_unlock(void);
void act_socket_lock(void);
void act_socket_lock_threads(void);

/* cases_sockets.c: connections, names, descriptors, directions, and the calls for data */
void act_socket_connect(void);
void act_socket_refused(void);
void act_socket_push_back(void);
void act_socket_hostname(void);
void act_socket_setfd(void);
void act_socket_enable(void);
void act_call_data(void);

/* cases_filters.c: how filters are called, and what becomes of what they return */
void act_filter_callbacks(void);
void act_filter_free(void);
void act_filter_options(void);
void act_filter_calls(void);
void act_filter_limit(void);
void act_filter_results(void);
void act_filter_suspend(void);
void act_filter_stacked(void);

/* cases_tls.c: TLS bufferevents, beside limits */
void act_tls_states(void);
void act_tls_descriptor(void);
void act_tls_freed(void);
void act_tls_get_ssl(void);
void act_tls_sessions(void);
void act_tls_renegotiate(void);

/* cases_watermarks.c: when callbacks come */
void act_watermark_low(void);
void act_watermark_low_above_high(void);
void act_watermark_high(void);
void act_watermark_write_low(void);

/* cases_crashes.c: what ends the process; shown in a child process */
void act_tick_below_1_ms(void);
void act_tick_not_normalised(void);
void act_group_free(void);
void act_limits_cfg_freed(void);

#endif
