#include "sim/metrics/response_times.h"

#include <string.h>

#include "sim/base/numbers.h"

/* --- percentiles -------------------------------------------------------------------------- */

static int add_time(struct waiting_times *times, int64_t us)
{
    if (us >= 0)
        return delay_histogram_add(&times->complete, us);
    times->incomplete++;
    return 0;
}

int64_t waiting_times_percentile(const struct waiting_times *times, unsigned per_mille)
{
    uint64_t count = times->complete.packets + times->incomplete;
    uint64_t rank = delay_rank(count, per_mille);

    if (count == 0)
        return TIME_NONE;
    return rank > times->complete.packets ? TIME_INFINITE
                                          : delay_histogram_at_us(&times->complete, rank);
}

int64_t captured_times_percentile_us(const struct delay_histogram *times, unsigned per_mille)
{
    return times->packets > 0 ? delay_histogram_percentile_us(times, per_mille) : TIME_NONE;
}

/* Those that are less than 0 come first, the one that saved most before all. */
int64_t response_times_added_us(const struct response_times *times, unsigned per_mille)
{
    uint64_t complete = times->response.complete.packets;
    uint64_t count = complete + times->response.incomplete;
    uint64_t rank = delay_rank(count, per_mille);

    if (count == 0)
        return TIME_NONE;
    if (rank > complete)
        return TIME_INFINITE;
    if (rank == complete)
        return times->added_max_us;
    if (rank > times->saved.packets)
        return delay_histogram_at_us(&times->added, rank - times->saved.packets);
    return -delay_histogram_at_us(&times->saved, times->saved.packets - rank + 1);
}

/* --- exchanges ---------------------------------------------------------------------------- */

static int64_t added_us(const struct response *response)
{
    return response->response_us < 0 ? TIME_INFINITE
                                     : response->response_us - response->captured_response_us;
}

static bool is_slower(const struct response *a, const struct response *b)
{
    if (added_us(a) != added_us(b))
        return added_us(a) > added_us(b);
    return a->flow != b->flow ? a->flow < b->flow : a->exchange < b->exchange;
}

void response_rank_slowest(struct response slowest[SLOWEST_MAX], size_t *count,
                           const struct response *response)
{
    size_t at = *count;

    while (at > 0 && is_slower(response, &slowest[at - 1]))
        at--;
    if (at == SLOWEST_MAX)
        return;
    if (*count < SLOWEST_MAX)
        ++*count;
    for (size_t i = *count - 1; i > at; i--)
        slowest[i] = slowest[i - 1];
    slowest[at] = *response;
}

static int add_added(struct response_times *times, const struct response *response)
{
    int64_t us = added_us(response);

    if (response->response_us < 0)
        return 0;
    if (times->response.complete.packets == 1 || us > times->added_max_us)
        times->added_max_us = us;
    return us < 0 ? delay_histogram_add(&times->saved, -us)
                  : delay_histogram_add(&times->added, us);
}

static int add_slowdown(struct response_times *times, const struct response *response)
{
    int64_t slowdown;

    if (response->captured_response_us < SLOWDOWN_LEAST_US) {
        times->slowdown_left_out++;
        return 0;
    }
    if (response->response_us < 0)
        return add_time(&times->slowdown, -1);
    if (!number_round_i64((double)response->response_us * SLOWDOWN_ONE /
                              (double)response->captured_response_us,
                          &slowdown))
        slowdown = NUMBERS_WHOLE_MAX;
    return add_time(&times->slowdown, slowdown);
}

int response_times_add(struct response_times *times, const struct response *response)
{
    if (response->captured_response_us < 0) {
        times->without_response++;
        return 0;
    }
    response_rank_slowest(times->slowest, &times->slowest_count, response);
    if (add_time(&times->response, response->response_us) != 0 ||
        delay_histogram_add(&times->captured, response->captured_response_us) != 0 ||
        add_added(times, response) != 0)
        return -1;
    return add_slowdown(times, response);
}

uint64_t response_times_exchanges(const struct response_times *times)
{
    return times->captured.packets;
}

void response_times_fini(struct response_times *times)
{
    delay_histogram_fini(&times->response.complete);
    delay_histogram_fini(&times->captured);
    delay_histogram_fini(&times->added);
    delay_histogram_fini(&times->saved);
    delay_histogram_fini(&times->slowdown.complete);
    memset(times, 0, sizeof(*times));
}

/* --- flows -------------------------------------------------------------------------------- */

int completion_times_add(struct completion_times *times, int64_t captured_us, int64_t completion_us)
{
    if (delay_histogram_add(&times->captured, captured_us) != 0)
        return -1;
    return add_time(&times->completion, completion_us);
}

uint64_t completion_times_flows(const struct completion_times *times)
{
    return times->captured.packets;
}

void completion_times_fini(struct completion_times *times)
{
    delay_histogram_fini(&times->completion.complete);
    delay_histogram_fini(&times->captured);
    memset(times, 0, sizeof(*times));
}
