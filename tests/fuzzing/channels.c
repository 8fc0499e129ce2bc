#include "tests/fuzzing/channels.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "shaper/channel.h"
#include "sim/base/numbers.h"
#include "sim/base/random.h"
#include "sim/base/sim.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"
#include "sim/config/application.h"
#include "tests/fuzzing/fuzzing.h"

#define FLOWS_MAX   4
#define STEPS_MAX   48
#define SETUP_BYTES 4
#define STEP_BYTES  3
#define BYTES_MAX   65535
#define WAITS_MAX   1000000
#define SECONDS_MAX 60 /* of the wall's time */

struct fuzz_flow {
    struct shaper_channel *channel;
    bool is_closed;
    const struct application_config *application;
    uint64_t offered_bytes[SHAPER_DIRECTIONS], delivered_bytes[SHAPER_DIRECTIONS];
};

struct fuzz_run {
    struct application_config application;
    const uint8_t *steps;
    size_t step_count, next;
    int64_t next_us;
    struct event_base *base;
    struct shaper *shaper;
    struct shaper_group *group; /* NULL: none */
    struct event *arrivals;
    struct fuzz_flow flows[FLOWS_MAX];
    size_t flow_count;
    unsigned waits;
};

static unsigned char content[BYTES_MAX];

/* --- callbacks of channels --------------------------------------------------------------- */

static void on_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct fuzz_flow *flow = arg;

    flow->delivered_bytes[direction] += bytes;
    fuzz_holds(flow->delivered_bytes[direction] <= flow->offered_bytes[direction],
               "no byte comes out twice");
}

static void on_leaving(void *arg)
{
    struct fuzz_flow *flow = arg;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        fuzz_holds(flow->delivered_bytes[d] == flow->offered_bytes[d], "every byte comes out");
        for (size_t i = 0; i < flow->application->filter_count; i++) {
            const struct shaper_filter_counts *counts =
                shaper_channel_filter_counts(flow->channel, i, (enum shaper_direction)d);
            fuzz_holds(counts->sent_before_bytes == counts->received_after_bytes &&
                           counts->sent_after_bytes == counts->received_before_bytes &&
                           counts->sent_crc32 == counts->received_crc32,
                       "bytes come out of a filter as they went in");
        }
    }
    flow->channel = NULL;
}

static void on_closed(void *arg)
{
    ((struct fuzz_flow *)arg)->is_closed = true;
}

static void on_broken(void *arg)
{
    (void)arg;
    fuzz_holds(false, "no channel breaks");
}

static const struct shaper_channel_callbacks callbacks = {
    .delivered = on_delivered, .leaving = on_leaving, .closed = on_closed, .broken = on_broken};

/* --- steps ------------------------------------------------------------------------------- */

static void plan_next(struct fuzz_run *run)
{
    static const int64_t waits_us[] = {0, 0, 0, 1, 1000, 10000, 200000, 1000000};

    if (run->next < run->step_count)
        run->next_us = sim_clock_now_us() + waits_us[run->steps[run->next * STEP_BYTES] % 8];
    else
        run->next_us = CLOCK_NEVER_US;
}

static void apply_step(struct fuzz_run *run)
{
    const uint8_t *step = &run->steps[run->next++ * STEP_BYTES];
    struct fuzz_flow *flow = &run->flows[step[1] / 2 % run->flow_count];
    enum shaper_direction direction = step[1] % 2 ? SHAPER_WRITE : SHAPER_READ;
    size_t bytes = step[2] < 200 ? step[2] : (size_t)(step[2] - 199) * 1151;

    plan_next(run);
    if (!flow->channel)
        return;
    if (bytes == 0) {
        shaper_channel_close(flow->channel);
        return;
    }
    flow->offered_bytes[direction] += bytes;
    fuzz_holds(shaper_channel_offer(flow->channel, direction,
                                    content + flow->offered_bytes[direction] % 251,
                                    bytes) == SHAPER_OK,
               "memory holds what is offered");
}

static void run_arrivals(evutil_socket_t fd, short what, void *arg)
{
    struct fuzz_run *run = arg;

    (void)fd;
    (void)what;
    shaper_run_timers(run->shaper);
    while (run->next_us <= sim_clock_now_us())
        apply_step(run);
    if (run->next_us == CLOCK_NEVER_US)
        for (size_t i = 0; i < run->flow_count; i++)
            if (run->flows[i].channel)
                shaper_channel_close(run->flows[i].channel);
}

static bool is_over(const struct fuzz_run *run)
{
    bool any = run->next_us != CLOCK_NEVER_US;

    for (size_t i = 0; i < run->flow_count; i++)
        any |= !run->flows[i].is_closed;
    return !any;
}

static void wait_for_instant(void *arg, int64_t deadline_us)
{
    struct fuzz_run *run = arg;

    if (is_over(run)) {
        event_base_loopbreak(run->base);
        return;
    }
    int64_t arrival_us = min_i64(run->next_us, shaper_next_timer_us(run->shaper));
    int64_t to_us = min_i64(arrival_us, deadline_us);
    fuzz_holds(to_us != CLOCK_NEVER_US && ++run->waits < WAITS_MAX, "every channel closes");
    sim_clock_move(max_i64(to_us, sim_clock_now_us()));
    if (arrival_us <= sim_clock_now_us())
        event_active(run->arrivals, EV_TIMEOUT, 0);
}

static int poll_ends(void *arg, int max_ends)
{
    return shaper_poll(((struct fuzz_run *)arg)->shaper, max_ends);
}

/* libFuzzer's own time limit reads the clock, which is virtual here. */
static void on_timer(int signal_number)
{
    static const char text[] = "broken promise: a run ends within a minute\n";

    (void)signal_number;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(1);
    abort();
}

/* --- birth and death --------------------------------------------------------------------- */

static void set_up(struct fuzz_run *run, const uint8_t *setup, enum shaper_transport transport)
{
    static const size_t marks[] = {0, 1, 10, 100, 700, 5000, 0, 3};
    static const int64_t rates[] = {0, 1000, 20000, 1000000};
    static const enum shaper_flush flushes[] = {SHAPER_FLUSH_NONE, SHAPER_FLUSH_FLUSH,
                                                SHAPER_FLUSH_FINISHED};
    int64_t rate = rates[setup[2] % 4];
    struct shaper_channel_setup channel = {
        .transport = transport,
        .shaped_is_initiator = setup[3] & 4,
        .tls_version = setup[3] & 128 ? SHAPER_TLS_1_2 : SHAPER_TLS_1_3,
        .tls_end = setup[1] & 64 ? SHAPER_TLS_END_DIRTY : SHAPER_TLS_END_CLOSE_NOTIFY,
        .filters = run->application.filters,
        .filter_count = run->application.filter_count,
        .flush = flushes[setup[1] % 3],
        .read_high_bytes = marks[setup[0] % 8],
        .read_low_bytes = marks[setup[0] / 8 % 8],
        .sums_deliveries = setup[0] & 64,
        .callbacks = &callbacks};
    const struct shaper_group_setup group = {
        .limit = {.tick_ms = 10, .rate_bytes_per_tick = {rate, rate}, .burst_bytes = {rate, rate}},
        .min_share_bytes = 1 + setup[2] / 4};
    int status;

    if (channel.read_high_bytes > 0 && channel.read_low_bytes > channel.read_high_bytes)
        channel.read_low_bytes = channel.read_high_bytes;
    shaper_set_clock(run->shaper, sim_clock_now_us);
    run->arrivals = event_new(run->base, -1, 0, run_arrivals, run);
    event_priority_set(run->arrivals, SHAPER_PRIORITY_ARRIVAL);
    run->group = rate > 0 ? shaper_group_new(run->shaper, &group) : NULL;
    channel.group = run->group;
    run->flow_count = 1 + setup[3] % 4;
    for (size_t i = 0; i < run->flow_count; i++) {
        channel.arg = &run->flows[i];
        run->flows[i].application = &run->application;
        run->flows[i].channel = shaper_channel_new(run->shaper, &channel, &status);
        fuzz_holds(run->flows[i].channel, "a channel is made");
    }
}

static void tear_down(struct fuzz_run *run)
{
    event_base_loop(run->base, EVLOOP_NONBLOCK); /* libevent lets go of what was freed */
    shaper_group_free(run->group);
    event_free(run->arrivals);
    shaper_free(run->shaper);
    event_base_free(run->base);
}

/* The line of filters. Returns what follows it, or NULL where one is refused. */
static const uint8_t *read_filters(struct fuzz_run *run, const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    char error[SIM_ERROR_BYTES], *rest = NULL;
    int status = SIM_OK;

    if (!end)
        return NULL;
    char *line = fuzz_text(data, (size_t)(end - data));
    for (char *word = strtok_r(line, " ", &rest); word && status == SIM_OK;
         word = strtok_r(NULL, " ", &rest))
        status = application_add_filter(&run->application, "--via", word, error);
    free(line);
    return status == SIM_OK ? end + 1 : NULL;
}

void fuzz_channels(enum shaper_transport transport, const uint8_t *data, size_t size)
{
    struct fuzz_run run = {.next_us = 0};
    const struct sim_clock_driver driver = {
        .poll = poll_ends, .wait = wait_for_instant, .arg = &run};
    const uint8_t *setup = read_filters(&run, data, size);

    if (!setup || (size_t)(data + size - setup) < SETUP_BYTES)
        return;
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (unsigned char)(i * i >> 3 ^ i);
    run.steps = setup + SETUP_BYTES;
    run.step_count = (size_t)(data + size - run.steps) / STEP_BYTES;
    if (run.step_count > STEPS_MAX)
        run.step_count = STEPS_MAX;
    signal(SIGALRM, on_timer);
    alarm(SECONDS_MAX);
    random_seed(1);
    sim_clock_start(SIM_CLOCK_VIRTUAL, 10, &driver);
    run.base = loop_new();
    run.shaper = shaper_new(run.base);
    set_up(&run, setup, transport);
    plan_next(&run);
    event_active(run.arrivals, EV_TIMEOUT, 0); /* what is due at 0 */
    loop_run(run.base);
    tear_down(&run);
    sim_clock_stop();
    alarm(0);
}
