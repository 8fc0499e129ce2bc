#include "shaper/shaper.h"

#include <stdlib.h>

#include <event2/event.h>

#include <openssl/crypto.h>

#include "shaper/channel/channel_life.h"
#include "shaper/channel/tls_context.h"
#include "shaper/libevent/memory.h"

/* The events libevent makes room for: this many at first, twice as many when a wait has filled
 * it. */
#define FIRST_ENDS 32
#define MAX_ENDS   4096

static int wait_once(struct shaper *shaper)
{
    int ready = poller_wait(&shaper->poller, shaper->max_ends);

    if (ready == shaper->max_ends && ready < MAX_ENDS)
        shaper->max_ends *= 2;
    return ready;
}

/* Where nothing more happens at this instant, what crossed during it is delivered, and may be
 * answered. */
static int wait_for_ends(struct shaper *shaper)
{
    int ready;

    do
        ready = wait_once(shaper);
    while (ready == 0 && channel_deliver_all(shaper));
    return ready;
}

/* Whether libevent would only poll again. */
static bool is_alone(const struct shaper *shaper)
{
    return shaper->callbacks_due == 0 && !shaper->is_out_of_memory &&
           event_base_get_num_events(shaper->base, EVENT_BASE_COUNT_ACTIVE) == 0;
}

/* This many waits are made without a pass of the loop, which then continues with them: its owner
 * can stop it in between. */
#define ACT_WAITS_MAX 1024

bool shaper_act(struct shaper *shaper)
{
    for (int waits = 0; waits < ACT_WAITS_MAX && is_alone(shaper); waits++) {
        if (wait_once(shaper) > 0)
            poller_run_actions(&shaper->poller);
        else if (!channel_deliver_all(shaper))
            return true;
    }
    return false;
}

static void run_grants(evutil_socket_t fd, short what, void *arg)
{
    struct shaper *shaper = arg;

    (void)fd;
    (void)what;
    poller_run_actions(&shaper->poller);
    shaper_act(shaper);
}

static void run_leave(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    channel_leave_all(arg);
}

struct shaper *shaper_new(struct event_base *base)
{
    if (event_base_get_npriorities(base) < SHAPER_PRIORITIES)
        return NULL;
    struct shaper *shaper = calloc(1, sizeof(*shaper));
    if (!shaper)
        return NULL;
    shaper->base = base;
    shaper->max_ends = FIRST_ENDS;
    poller_init(&shaper->poller);
    TAILQ_INIT(&shaper->leaving);
    TAILQ_INIT(&shaper->arrived);
    TAILQ_INIT(&shaper->ending);
    TAILQ_INIT(&shaper->timers);
    shaper->grants = event_new(base, -1, 0, run_grants, shaper);
    shaper->leave = event_new(base, -1, 0, run_leave, shaper);
    if (!shaper->grants || !shaper->leave) {
        shaper_free(shaper);
        return NULL;
    }
    event_priority_set(shaper->grants, SHAPER_PRIORITY_GRANT);
    event_priority_set(shaper->leave, SHAPER_PRIORITY_LEAVE);
    return shaper;
}

void shaper_free(struct shaper *shaper)
{
    if (!shaper)
        return;
    /* Freed pairs under filters still hold deferred callbacks if they were freed at the instant of
     * a timeout or if the loop was stopped within an instant; libevent would lose them with their
     * memory. */
    event_base_loop(shaper->base, EVLOOP_NONBLOCK);
    if (shaper->grants)
        event_free(shaper->grants);
    if (shaper->leave)
        event_free(shaper->leave);
    tls_context_free(shaper->tls_contexts[SHAPER_TLS_1_3]);
    tls_context_free(shaper->tls_contexts[SHAPER_TLS_1_2]);
    free(shaper);
}

void shaper_set_clock(struct shaper *shaper, int64_t (*now_us)(void))
{
    shaper->now_us = now_us;
}

void shaper_set_rng(struct shaper *shaper, uint64_t (*random_below)(uint64_t below))
{
    shaper->random_below = random_below;
}

int shaper_poll(struct shaper *shaper, int max_ends)
{
    if (shaper->callbacks_due || max_ends < 1)
        return 0;
    if (shaper->max_ends < max_ends)
        shaper->max_ends = max_ends;
    int ready = wait_for_ends(shaper);
    if (poller_has_actions(&shaper->poller))
        event_active(shaper->grants, EV_TIMEOUT, 0);
    return ready < max_ends ? ready : max_ends;
}

const char *shaper_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

bool shaper_is_out_of_memory(const struct shaper *shaper)
{
    return shaper->is_out_of_memory || memory_ran_out();
}
