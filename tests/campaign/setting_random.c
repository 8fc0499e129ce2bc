/* Random settings. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/campaign/setting.h"

/* Of a run with rows for every tick; of the sleeps that a filter adds. */
#define TICKS_MOST  2500
#define SLEEPS_MOST 100

/* What one setting is made of while it is chosen. */
struct draft {
    struct setting *setting;
    struct rng *rng;
    const struct packet_list *packets;
    int64_t bytes; /* below all filters, about */
    int64_t span_us, tick_ms;
    int64_t rate; /* of the group "all" or the first, bytes a tick */
    int64_t flows;
    char groups[5][12]; /* names of groups with a limit */
    size_t group_count;
    bool is_tls, is_scheduled, has_weights, sleeps;
};

__attribute__((format(printf, 3, 4))) static void add(struct draft *draft, const char *name,
                                                      const char *format, ...)
{
    struct setting *setting = draft->setting;
    va_list arguments;

    if (setting->count == SETTING_OPTIONS_MAX)
        return;
    struct setting_option *option = &setting->options[setting->count++];
    option->name = name;
    va_start(arguments, format);
    vsnprintf(option->value, sizeof(option->value), format, arguments);
    va_end(arguments);
}

static void add_flag(struct draft *draft, const char *name)
{
    add(draft, name, "%s", "");
}

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t setting_random_tick_us(struct rng *rng)
{
    static const int64_t ticks_ms[] = {1, 2, 5, 7, 10, 10, 20, 25, 50, 100, 200, 1000};

    return RNG_ONE_OF(rng, ticks_ms) * 1000;
}

/* Whether every tick of the trace can be gone through, one by one. */
static bool has_time(const struct draft *draft)
{
    return draft->span_us / 1000 / draft->tick_ms < TICKS_MOST;
}

/* --- filters and what the application does --------------------------------------------------- */

static void add_random_overhead(struct draft *draft)
{
    static const int64_t segments[] = {1, 7, 100, 536, 1460, 5000};
    int64_t segment = RNG_ONE_OF(draft->rng, segments);
    int64_t header = rng_from(draft->rng, 1, segment < 40 ? 2 * segment : 40);

    add(draft, "--via", "overhead=%" PRId64 ":%" PRId64, header, segment);
    draft->bytes += draft->bytes / segment * header + header * (int64_t)draft->packets->count;
}

static void add_random_ratelimit(struct draft *draft)
{
    static const char *const variants[] = {"", ",variant=naive", ",variant=fixed",
                                           ",variant=corrected"};
    /* All within a hundred sleeps of 200 ms. */
    int64_t least_kib = draft->bytes / 1024 / (SLEEPS_MOST / 5) + 1;
    char burst[40] = "", brigade[40] = "";

    if (rng_one_in(draft->rng, 4))
        snprintf(burst, sizeof(burst), ",initial-burst=%" PRId64, rng_below(draft->rng, 64));
    if (rng_one_in(draft->rng, 3))
        snprintf(brigade, sizeof(brigade), ",brigade=%" PRId64,
                 rng_from(draft->rng, draft->bytes / SLEEPS_MOST + 1, 20000 + draft->bytes));
    add(draft, "--via", "ratelimit=%" PRId64 "%s%s%s%s",
        rng_from(draft->rng, least_kib,
                 rng_one_in(draft->rng, 2) ? least_kib * 2 : 1024 + least_kib),
        burst, RNG_ONE_OF(draft->rng, variants), brigade,
        rng_one_in(draft->rng, 3) ? ",flush=packet" : "");
    draft->sleeps = true;
}

static void add_random_filters(struct draft *draft)
{
    static const char *const payloads[] = {"zero", "random", "text"};
    int64_t count = rng_one_in(draft->rng, 4) ? rng_from(draft->rng, 1, 3) : 0;

    for (int64_t i = 0; i < count; i++) {
        switch (rng_below(draft->rng, 3)) {
        case 0:
            add_random_overhead(draft);
            break;
        case 1:
            if (rng_one_in(draft->rng, 2))
                add(draft, "--via", "deflate");
            else
                add(draft, "--via", "deflate=%" PRId64, rng_below(draft->rng, 10));
            draft->bytes += 12 * (int64_t)draft->packets->count;
            break;
        case 2:
            add_random_ratelimit(draft);
            break;
        }
    }
    if (count > 0 && rng_one_in(draft->rng, 2))
        add(draft, "--payload", "%s", RNG_ONE_OF(draft->rng, payloads));
}

static int64_t random_mark(struct draft *draft)
{
    static const int64_t marks[] = {1, 2, 10, 100, 700, 4095, 4096, 4097, 16384, 20000, 100000};

    return RNG_ONE_OF(draft->rng, marks);
}

static int64_t random_us(struct draft *draft)
{
    const struct packet_list *packets = draft->packets;
    int64_t tick_us = draft->tick_ms * 1000;
    int64_t packet_us = packets->packets[rng_below(draft->rng, (int64_t)packets->count)].us;

    switch (rng_below(draft->rng, 7)) {
    case 0:
        return 0;
    case 1:
        return packet_us;
    case 2:
        return packet_us + rng_from(draft->rng, 1, 5) * tick_us;
    case 3:
        return packet_us / tick_us * tick_us;
    case 4:
        return rng_below(draft->rng, 20) * tick_us;
    case 5:
        return max(0, rng_below(draft->rng, 20) * tick_us + rng_from(draft->rng, -1, 1));
    default:
        return rng_below(draft->rng, draft->span_us + 20 * tick_us);
    }
}

/* A write for each N bytes, and with TLS a record: few of them. It is above the mark of the
 * application, which would never stop else. */
static void add_random_filter_high(struct draft *draft, int64_t write_high)
{
    int64_t high = max(write_high + 1, max(random_mark(draft), draft->bytes / 2000));

    if (setting_has(draft->setting, "--via") && rng_one_in(draft->rng, 3))
        add(draft, "--filter-high", "%" PRId64, high);
}

static void add_random_application(struct draft *draft)
{
    static const char *const flushes[] = {"normal", "flush", "finished"};
    int64_t high = random_mark(draft), write_high = 0;

    if (rng_one_in(draft->rng, 8)) {
        write_high = high;
        add(draft, "--write-high", "%" PRId64, high);
        if (rng_one_in(draft->rng, 2))
            add(draft, "--write-low", "%" PRId64, rng_below(draft->rng, high + 1));
    }
    add_random_filter_high(draft, write_high);
    /* A callback for each byte: few of them. */
    high = random_mark(draft);
    if (rng_one_in(draft->rng, 8) && high >= draft->bytes / 20000)
        add(draft, "--read-high", "%" PRId64, high);
    else
        high = 0;
    int64_t low = random_mark(draft);
    if (rng_one_in(draft->rng, 8))
        add(draft, "--read-low", "%" PRId64, high > 0 && low > high ? high : low);
    /* While a flow is open, timeouts keep silences from being skipped. */
    if (rng_one_in(draft->rng, 10) && has_time(draft))
        add(draft, "--read-timeout", "%" PRId64 "us",
            max(draft->span_us / 500, random_us(draft) / 2 + 1000));
    if (rng_one_in(draft->rng, 12) && has_time(draft))
        add(draft, "--write-timeout", "%" PRId64 "us",
            max(draft->span_us / 500, random_us(draft) / 2 + 1000));
    if (rng_one_in(draft->rng, 10))
        add(draft, "--flush", "%s", RNG_ONE_OF(draft->rng, flushes));
    if (rng_one_in(draft->rng, 8))
        add(draft, "--max-single-read", "%" PRId64, max(random_mark(draft), draft->bytes / 20000));
    if (rng_one_in(draft->rng, 8))
        add(draft, "--max-single-write", "%" PRId64, max(random_mark(draft), draft->bytes / 20000));
}

/* --- limits ---------------------------------------------------------------------------------- */

/* Bytes a tick of that length with which all passes in some ticks, few or many. */
static int64_t random_rate(struct draft *draft)
{
    static const int64_t ticks[] = {1, 2, 3, 5, 10, 20, 50, 100, 300, 800};
    int64_t bytes = draft->bytes + (draft->is_tls ? 900 * draft->flows : 0) + 1;
    int64_t rate = max(1, bytes / RNG_ONE_OF(draft->rng, ticks));

    if (rng_one_in(draft->rng, 3))
        rate = rng_from(draft->rng, rate, 2 * rate);
    if (rate > 100 && rng_one_in(draft->rng, 2)) {
        int64_t round = 1;
        while (round * 10 <= rate)
            round *= 10;
        rate = rate / round * round;
    }
    return rate;
}

/* As B/tick, or as bytes a second that are no whole number of bytes a tick. */
static void print_rate(struct draft *draft, char text[40], int64_t rate, int64_t tick_ms)
{
    if (rng_one_in(draft->rng, 4))
        snprintf(text, 40, "%" PRId64 "B/s", rate * 1000 / tick_ms + rng_from(draft->rng, 1, 7));
    else if (rng_one_in(draft->rng, 8))
        snprintf(text, 40, "%" PRId64 "kbit", rate * 8 / tick_ms + 1);
    else
        snprintf(text, 40, "%" PRId64 "B/tick", rate);
}

static int64_t random_share(struct draft *draft, int64_t rate)
{
    switch (rng_below(draft->rng, 5)) {
    case 0:
        return 1;
    case 1:
        return rng_from(draft->rng, 1, 10);
    case 2:
        return rate;
    case 3:
        return rate / 2 + 1;
    default:
        return rng_from(draft->rng, 1, 2000);
    }
}

static int64_t random_burst(struct draft *draft, int64_t rate)
{
    return rng_one_in(draft->rng, 2) ? rate * rng_from(draft->rng, 1, 8) + 10
                                     : rate + rng_from(draft->rng, 8, 5000);
}

static int64_t random_tick_ms(struct draft *draft)
{
    return rng_one_in(draft->rng, 3)
               ? max(draft->tick_ms, setting_random_tick_us(draft->rng) / 1000)
               : draft->tick_ms;
}

static void add_random_group_all(struct draft *draft)
{
    char rate[40];

    print_rate(draft, rate, draft->rate, draft->tick_ms);
    switch (rng_below(draft->rng, 6)) {
    case 0:
        add(draft, "--read-rate", "%s", rate);
        break;
    case 1:
        add(draft, "--write-rate", "%s", rate);
        break;
    case 2:
        add(draft, "--read-rate", "%s", rate);
        print_rate(draft, rate, random_rate(draft), draft->tick_ms);
        add(draft, "--write-rate", "%s", rate);
        break;
    default:
        add(draft, "--rate", "%s", rate);
        if (rng_one_in(draft->rng, 3))
            add(draft, "--burst", "%" PRId64, random_burst(draft, draft->rate));
    }
    add(draft, "--tick", "%" PRId64 "ms", draft->tick_ms);
    if (!rng_one_in(draft->rng, 3))
        add(draft, "--min-share", "%" PRId64, random_share(draft, draft->rate));
    snprintf(draft->groups[draft->group_count++], sizeof(draft->groups[0]), "all");
}

static void add_random_per_flow(struct draft *draft)
{
    int64_t rate = random_rate(draft), tick_ms = random_tick_ms(draft);
    char text[40];

    print_rate(draft, text, rate, tick_ms);
    add(draft, "--flow-rate", "%s", text);
    add(draft, "--flow-tick", "%" PRId64 "ms", tick_ms);
    if (rng_one_in(draft->rng, 3))
        add(draft, "--flow-burst", "%" PRId64, random_burst(draft, rate));
}

static void add_random_group(struct draft *draft)
{
    static const char *const matches[] = {"",
                                          "match=tcp,",
                                          "match=udp,",
                                          "match=src port 20001 or dst port 20001,",
                                          "match=host 10.1.0.2,",
                                          "match=greater 200,",
                                          "match=ip[15] & 1 = 0,"};
    char *name = draft->groups[draft->group_count];
    int64_t tick_ms = random_tick_ms(draft), rate = random_rate(draft);
    char text[40], value[SETTING_VALUE_BYTES];

    snprintf(name, sizeof(draft->groups[0]), "%c", (char)('a' + (int)draft->group_count));
    print_rate(draft, text, rate, tick_ms);
    int used = snprintf(value, sizeof(value), "name=%s,%s%srate=%s,tick=%" PRId64 "ms", name,
                        RNG_ONE_OF(draft->rng, matches), rng_one_in(draft->rng, 6) ? "read-" : "",
                        text, tick_ms);
#define MORE(...) used += snprintf(value + used, sizeof(value) - (size_t)used, __VA_ARGS__)
    if (rng_one_in(draft->rng, 2))
        MORE(",min-share=%" PRId64, random_share(draft, rate));
    if (rng_one_in(draft->rng, 4))
        MORE(",flow-rate=%" PRId64 "B/tick,flow-tick=%" PRId64 "ms", random_rate(draft),
             random_tick_ms(draft));
    if (draft->is_scheduled && draft->group_count > 0 && rng_one_in(draft->rng, 2))
        MORE(",parent=%s", draft->groups[rng_below(draft->rng, (int64_t)draft->group_count)]);
    if (draft->has_weights && strstr(value, "parent=") && rng_one_in(draft->rng, 2))
        MORE(",weight=%" PRId64, rng_from(draft->rng, 1, 5));
#undef MORE
    draft->group_count++;
    add(draft, "--group", "%s", value);
}

static void add_random_limits(struct draft *draft)
{
    int64_t kind = rng_below(draft->rng, 12);

    draft->rate = random_rate(draft);
    if (kind == 0 && !draft->sleeps && rng_one_in(draft->rng, 2)) /* mod_ratelimit alone */
        add_random_ratelimit(draft);
    if (kind == 0) /* no limits */
        return;
    if (kind >= 9)
        for (int64_t groups = rng_from(draft->rng, 1, 3); groups > 0; groups--)
            add_random_group(draft);
    if (kind >= 3 && kind != 10)
        add_random_group_all(draft);
    if (kind <= 4)
        add_random_per_flow(draft);
}

/* --- during the run -------------------------------------------------------------------------- */

static void add_random_group_event(struct draft *draft, const char *group)
{
    int64_t us = random_us(draft);
    const char *side = rng_one_in(draft->rng, 2) ? "read" : "write";

    switch (rng_below(draft->rng, 6)) {
    case 0:
        add(draft, "--at", "%" PRId64 "us:group=%s,reset-totals", us, group);
        break;
    case 1:
        add(draft, "--at", "%" PRId64 "us:group=%s,decrement-%s=%" PRId64, us, group, side,
            rng_from(draft->rng, 1, 20 * draft->rate));
        break;
    case 2:
        add(draft, "--at", "%" PRId64 "us:group=%s,decrement-%s=-%" PRId64, us, group, side,
            rng_from(draft->rng, 1, 3 * draft->rate));
        break;
    case 3:
        add(draft, "--at", "%" PRId64 "us:group=%s,min-share=%" PRId64, us, group,
            random_share(draft, draft->rate));
        break;
    default: {
        int64_t rate = rng_from(draft->rng, draft->rate / 3 + 1, 4 * draft->rate);
        add(draft, "--at", "%" PRId64 "us:group=%s,rate=%" PRId64 "B/tick,burst=%" PRId64, us,
            group, rate, random_burst(draft, rate));
    }
    }
}

static void add_random_flow_event(struct draft *draft)
{
    int64_t us = random_us(draft), flow = rng_from(draft->rng, 1, draft->flows);

    switch (rng_below(draft->rng, 5)) {
    case 0:
        add(draft, "--at", "%" PRId64 "us:flow=%" PRId64 ",leave", us, flow);
        break;
    case 1:
        if (draft->group_count > 0)
            add(draft, "--at", "%" PRId64 "us:flow=%" PRId64 ",join=%s", us, flow,
                draft->groups[rng_below(draft->rng, (int64_t)draft->group_count)]);
        break;
    case 2:
        add(draft, "--at", "%" PRId64 "us:flow=%" PRId64 ",rate=none", us, flow);
        break;
    case 3:
        add(draft, "--at",
            "%" PRId64 "us:flow=%" PRId64 ",rate=%" PRId64 "B/tick,tick=%" PRId64 "ms", us, flow,
            random_rate(draft), random_tick_ms(draft));
        break;
    case 4: /* of a bucket that it has by then */
        add(draft, "--at",
            "%" PRId64 "us:flow=%" PRId64 ",rate=%" PRId64 "B/tick,tick=%" PRId64 "ms", us, flow,
            random_rate(draft), random_tick_ms(draft));
        add(draft, "--at", "%" PRId64 "us:flow=%" PRId64 ",decrement-%s=%s%" PRId64,
            us + rng_below(draft->rng, 200000), flow, rng_one_in(draft->rng, 2) ? "read" : "write",
            rng_one_in(draft->rng, 3) ? "-" : "", rng_from(draft->rng, 1, 5 * random_rate(draft)));
        break;
    }
}

static void add_random_events(struct draft *draft)
{
    int64_t count = rng_one_in(draft->rng, 3) ? rng_from(draft->rng, 1, 4) : 0;

    for (; count > 0; count--) {
        if (draft->group_count > 0 && rng_one_in(draft->rng, 2))
            add_random_group_event(
                draft, draft->groups[rng_below(draft->rng, (int64_t)draft->group_count)]);
        else
            add_random_flow_event(draft);
    }
    /* Ticks with background are never idle. */
    if (draft->group_count > 0 && rng_one_in(draft->rng, 8) && has_time(draft))
        add(draft, "--background", "group=%s,%s=%" PRId64 "B/tick", draft->groups[0],
            rng_one_in(draft->rng, 2) ? "read" : "write", draft->rate / 8 + 1);
    if (rng_one_in(draft->rng, 8)) {
        static const char *const levels[] = {"tick", "burst", "0", "1"};
        add(draft, "--initial-tokens", "%s", RNG_ONE_OF(draft->rng, levels));
    }
}

/* --- the rest -------------------------------------------------------------------------------- */

static void add_random_transport(struct draft *draft)
{
    static const char *const schedulers[] = {"active-share", "shuffle", "round-robin", "drr",
                                             "sfq"};
    static const char *const ends[] = {"allowed", "refused", "no"};

    if (rng_one_in(draft->rng, 7) && draft->flows < 60) {
        add(draft, "--transport", "tls");
        draft->is_tls = true;
        if (rng_one_in(draft->rng, 3))
            add(draft, "--dirty-shutdown", "%s", RNG_ONE_OF(draft->rng, ends));
        if (rng_one_in(draft->rng, 2))
            add(draft, "--tls-version", "1.2");
        return;
    }
    if (!rng_one_in(draft->rng, 6))
        return;
    int64_t which = rng_below(draft->rng, 5);
    add(draft, "--scheduler", "%s", schedulers[which]);
    draft->is_scheduled = true;
    draft->has_weights = which >= 3;
    if (draft->has_weights && rng_one_in(draft->rng, 2))
        add(draft, "--weight", "%" PRId64 ":host 10.1.0.1", rng_from(draft->rng, 2, 9));
}

static void add_random_trace_options(struct draft *draft)
{
    static const char *const counts[] = {"stream", "payload", "ip", "wire"};
    static const char *const filters[] = {"tcp", "udp", "host 10.1.0.1", "greater 100",
                                          "less 1000"};

    if (rng_one_in(draft->rng, 4)) {
        const char *count = RNG_ONE_OF(draft->rng, counts);
        add(draft, "--count", "%s", count);
        draft->bytes += 54 * (int64_t)draft->packets->count;
    }
    if (rng_one_in(draft->rng, 4))
        add(draft, "--shape", "%s", rng_one_in(draft->rng, 4) ? "responder" : "initiator");
    if (rng_one_in(draft->rng, 12))
        add(draft, "--responder", "%s", RNG_ONE_OF(draft->rng, filters));
    if (rng_one_in(draft->rng, 12))
        add(draft, "--filter", "%s", RNG_ONE_OF(draft->rng, filters));
    if (rng_one_in(draft->rng, 8))
        add(draft, "--idle-timeout", "%" PRId64 "us", max(1, random_us(draft)));
    if (rng_one_in(draft->rng, 12))
        add(draft, "--max-flows", "%" PRId64, rng_from(draft->rng, 1, 2 * draft->flows));
    if (rng_one_in(draft->rng, 10))
        add(draft, "--max-time", "%" PRId64 "us", max(1, random_us(draft)));
}

static void add_random_rows(struct draft *draft, bool skips)
{
    static const char *const flow_ticks[] = {"all", "all", "all", "all", "none",
                                             "0",   "1",   "2",   "5"};

    if (skips || rng_one_in(draft->rng, 3))
        add(draft, "--idle-ticks", "skip");
    if (!rng_one_in(draft->rng, 4))
        add(draft, "--flow-ticks", "%s", RNG_ONE_OF(draft->rng, flow_ticks));
    if (rng_one_in(draft->rng, 4))
        add_flag(draft, "--write-pcap");
    if (rng_one_in(draft->rng, 2))
        add(draft, "--seed", "%" PRId64, rng_from(draft->rng, 2, 99));
    if (rng_one_in(draft->rng, 5))
        add(draft, "--fairness-window", "%" PRId64 "us", max(1, random_us(draft)));
    if (rng_one_in(draft->rng, 2))
        add(draft, "--replay", "open");
    if (rng_one_in(draft->rng, 6))
        add(draft, "--receive-window", "%" PRId64, random_mark(draft));
}

/* What if there were more: they take longer, and carry more. */
static void add_random_schedule(struct draft *draft)
{
    static const char *const speeds[] = {"0.5", "0.9", "2", "30"};

    if (rng_one_in(draft->rng, 6)) {
        int64_t copies = rng_from(draft->rng, 2, 4), spread_us = 1000000;
        add(draft, "--copies", "%" PRId64, copies);
        if (rng_one_in(draft->rng, 2)) {
            spread_us = rng_one_in(draft->rng, 2) ? 0 : random_us(draft);
            add(draft, "--spread", "%" PRId64 "us", spread_us);
        }
        draft->bytes *= copies;
        draft->flows *= copies;
        draft->span_us += spread_us;
    }
    if (rng_one_in(draft->rng, 8)) {
        add(draft, "--speed", "%s", RNG_ONE_OF(draft->rng, speeds));
        draft->span_us *= 2;
    }
}

void setting_random(struct setting *setting, struct rng *rng, int64_t tick_us,
                    const struct packet_list *packets)
{
    struct draft draft = {.setting = setting,
                          .rng = rng,
                          .packets = packets,
                          .bytes = packet_list_bytes(packets),
                          .span_us = packet_list_span_us(packets),
                          .tick_ms = tick_us / 1000,
                          .flows = (int64_t)packet_list_flows(packets)};

    setting->count = 0;
    if (rng_one_in(rng, 8)) {
        static const int64_t gaps_us[] = {1, 1000, 100000, 1000000, 5000000};
        int64_t gap_us = RNG_ONE_OF(rng, gaps_us);
        add(&draft, "--max-gap", "%" PRId64 "us", gap_us);
        if (draft.span_us > gap_us * (int64_t)packets->count)
            draft.span_us = gap_us * (int64_t)packets->count;
    }
    add_random_schedule(&draft);
    add_random_trace_options(&draft);
    add_random_transport(&draft);
    add_random_filters(&draft);
    if (draft.sleeps && draft.tick_ms < 10)
        draft.tick_ms = 10;
    if (!has_time(&draft) && rng_one_in(rng, 2))
        draft.tick_ms = draft.span_us / 1000 / TICKS_MOST + 1;
    add_random_limits(&draft);
    add_random_application(&draft);
    add_random_events(&draft);
    add_random_rows(&draft, !has_time(&draft));
}
