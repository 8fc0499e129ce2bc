/*
 * gallery_native ACT: shows on libevent's own rate limiting, under the simulator's clock, what a
 * replay cannot show, and prints the figures. Without an argument it lists the cases.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"

static const struct act {
    const char *name;
    void (*play)(void);
} the_cases[] = {
    {"limits-values", act_limits_values},
    {"tick-default", act_tick_default},
    {"read-sizes", act_read_sizes},
    {"share-clipped", act_share_clipped},
    {"bucket-credit", act_bucket_credit},
    {"bucket-toggle", act_bucket_toggle},
    {"bucket-2-32", act_bucket_2_32},
    {"bucket-by-hand", act_bucket_by_hand},
    {"tick-late", act_tick_late},
    {"single-calls", act_single_calls},
    {"limits-calls", act_limits_calls},
    {"pair-in-group", act_pair_in_group},
    {"pair-by-hand", act_pair_by_hand},
    {"filter-in-group", act_filter_in_group},
    {"share-0", act_share_0},
    {"share-one-pass", act_share_one_pass},
    {"group-one-at-a-time", act_group_one_at_a_time},
    {"group-totals", act_group_totals},
    {"tick-fraction", act_tick_fraction},
    {"tick-changed", act_tick_changed},
    {"clock-set", act_clock_set},
    {"clock-first-seconds", act_clock_first_seconds},
    {"tick-below-1-ms", act_tick_below_1_ms},
    {"tick-not-normalised", act_tick_not_normalised},
    {"group-free", act_group_free},
    {"limits-flush", act_limits_flush},
    {"limits-cfg-freed", act_limits_cfg_freed},
    {"pair-new", act_pair_new},
    {"pair-partner", act_pair_partner},
    {"pair-freed", act_pair_freed},
    {"pair-deferred", act_pair_deferred},
    {"pair-flush", act_pair_flush},
    {"pair-after-end", act_pair_after_end},
    {"option-close-on-free", act_option_close_on_free},
    {"option-defer", act_option_defer},
    {"option-threadsafe", act_option_threadsafe},
    {"option-unlock", act_option_unlock},
    {"socket-lock", act_socket_lock},
    {"socket-lock-threads", act_socket_lock_threads},
    {"socket-connect", act_socket_connect},
    {"socket-refused", act_socket_refused},
    {"socket-push-back", act_socket_push_back},
    {"socket-hostname", act_socket_hostname},
    {"socket-setfd", act_socket_setfd},
    {"socket-enable", act_socket_enable},
    {"call-data", act_call_data},
    {"filter-callbacks", act_filter_callbacks},
    {"filter-free", act_filter_free},
    {"filter-options", act_filter_options},
    {"filter-calls", act_filter_calls},
    {"filter-limit", act_filter_limit},
    {"filter-results", act_filter_results},
    {"filter-suspend", act_filter_suspend},
    {"filter-stacked", act_filter_stacked},
    {"tls-states", act_tls_states},
    {"tls-descriptor", act_tls_descriptor},
    {"tls-freed", act_tls_freed},
    {"tls-get-ssl", act_tls_get_ssl},
    {"tls-sessions", act_tls_sessions},
    {"tls-renegotiate", act_tls_renegotiate},
    {"watermark-low", act_watermark_low},
    {"watermark-low-above-high", act_watermark_low_above_high},
    {"watermark-high", act_watermark_high},
    {"watermark-write-low", act_watermark_write_low},
};

#define ACTS (sizeof(the_cases) / sizeof(the_cases[0]))

int main(int argc, char **argv)
{
    if (argc != 2) {
        for (size_t i = 0; i < ACTS; i++)
            puts(the_cases[i].name);
        return argc == 1 ? 0 : 2;
    }
    for (size_t i = 0; i < ACTS; i++) {
        if (strcmp(argv[1], the_cases[i].name) == 0) {
            the_cases[i].play();
            return fflush(stdout) == 0 ? 0 : 2;
        }
    }
    fprintf(stderr, "gallery_native: no act is called %s\n", argv[1]);
    return 2;
}
