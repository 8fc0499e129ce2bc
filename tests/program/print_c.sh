#!/usr/bin/env bash
# The limits as C: what is printed compiles, and makes the groups that the run had.
. "$(dirname "$0")/lib.sh"

command -v cc >/dev/null || skip "no C compiler"

{
    capture_header
    tcp 0 1 1000 2 80 100 16
    udp 100000 1 1000 2 53 100
} >t.pcap

# compile_c NAME: NAME.c with libevent's headers, every warning an error
compile_c() {
    cc -std=c11 -Wall -Wextra -Werror -c "$1.c" -o "$1.o" 2>err || fail "$1.c: $(head -n 3 err)"
}

# print_c NAME ARGUMENT...: into NAME.c
print_c() {
    local name=$1
    shift
    expect_status 0 "$SHAPESIM" run -q --print-c t.pcap "$@" && cp out "$name.c"
    compile_c "$name"
}

# 10 Mbit/s are 12500 bytes in 10 ms; the other direction has no limit.
print_c one --write-rate 10mbit --burst 64KiB --tick 10ms --min-share 512
expect_equal "the limit" '    const struct timeval tick = {0, 10000};
    struct ev_token_bucket_cfg *cfg =
        ev_token_bucket_cfg_new(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, 12500, 65536, &tick);' \
    "$(sed -n '/tick = /,/cfg_new/p' one.c)"
expect_match "the min-share" 'set_min_share\(group, 512\);' one.c
expect_match "the function" '^struct bufferevent_rate_limit_group \*new_all_group\(struct event_base \*base\)$' one.c

# Names that C does not tell apart, connections with a limit of their own, seconds in a tick.
print_c several --group 'name=a.b,match=tcp,rate=1mbit,tick=2500ms,flow-rate=100kbit' \
    --group 'name=a-b,match=udp,flow-rate=5kB/s'
expect_equal "functions" $'new_a_b_group\nnew_a_b_connection_cfg\nnew_a_b_2_connection_cfg' \
    "$(grep -o '^struct .*(' several.c | grep -o 'new_[a-z_0-9]*')"
expect_match "the tick" 'tick = \{2, 500000\};' several.c

# What libevent has not is said; without limits nothing is made.
print_c drr --rate 1mbit --scheduler drr
expect_match "a scheduler" "scheduler is not libevent's" drr.c
print_c none
expect_match "no limit" "No limit of libevent's was set" none.c
print_c ratelimit --via ratelimit=60
expect_match "no limit of libevent's" "No limit of libevent's was set" ratelimit.c

expect_status 0 "$SHAPESIM" run --print-c t.pcap --rate 1mbit
expect_match "after the table" '^group ' out
expect_status 2 "$SHAPESIM" run --print-c --json t.pcap --rate 1mbit
expect_match "with --json" '^shapesim: --print-c: .*leave one of the two out$' err
expect_status 2 "$SHAPESIM" sweep --print-c t.pcap --rate 1mbit --vary min-share=1,2 -o s
finish
