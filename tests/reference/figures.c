#include "tests/reference/figures.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

/* Values in microseconds, of a known greatest number. */
struct sample {
    int64_t *values_us;
    size_t count;
};

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Of a sorted sample that is not empty. */
static double percentile_s(const struct sample *sample, size_t percent)
{
    size_t rank = (sample->count * percent + 99) / 100;

    return (double)sample->values_us[rank ? rank - 1 : 0] / 1e6;
}

static void print_sample(FILE *out, const char *name, struct sample *sample)
{
    if (sample->count == 0)
        return;
    qsort(sample->values_us, sample->count, sizeof(*sample->values_us), compare_values);
    fprintf(out, "%s_p50_s %.6f\n%s_p90_s %.6f\n%s_p99_s %.6f\n%s_max_s %.6f\n", name,
            percentile_s(sample, 50), name, percentile_s(sample, 90), name,
            percentile_s(sample, 99), name, percentile_s(sample, 100));
}

static void add(struct sample *sample, int64_t value_us)
{
    sample->values_us[sample->count++] = value_us;
}

/* --- exchanges ------------------------------------------------------------------------------ */

struct exchange {
    bool has_begun;
    bool has_response;
    int64_t due_us;
    int64_t captured_us;
    int64_t end_us;
    int64_t captured_end_us;
};

struct exchanges {
    struct sample response;
    struct sample captured;
};

static void end_exchange(struct exchanges *all, struct exchange *exchange)
{
    if (exchange->has_response) {
        add(&all->response, exchange->end_us - exchange->due_us);
        add(&all->captured, exchange->captured_end_us - exchange->captured_us);
    }
    *exchange = (struct exchange){0};
}

static void take_flow(struct exchanges *all, const struct plan *plan,
                      const struct played_packet *times, const struct planned_flow *flow)
{
    struct exchange exchange = {0};

    for (uint32_t i = flow->first_of_flow; i != PLAN_NONE; i = plan->packets[i].next_of_flow) {
        const struct planned_packet *packet = &plan->packets[i];
        if (packet->bytes == 0)
            continue;
        if (packet->direction == FLOW_FROM_INITIATOR && exchange.has_response)
            end_exchange(all, &exchange);
        if (!exchange.has_begun) {
            exchange.has_begun = true;
            exchange.due_us = times[i].due_us;
            exchange.captured_us = packet->captured_us;
        }
        if (packet->direction == FLOW_FROM_RESPONDER) {
            exchange.has_response = true;
            exchange.end_us = times[i].delivered_us;
            exchange.captured_end_us = packet->captured_us;
        }
    }
    end_exchange(all, &exchange);
}

/* --- printing ------------------------------------------------------------------------------- */

static void print_exchanges(FILE *out, const struct plan *plan, const struct played_packet *times,
                            struct exchanges *all)
{
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        if (plan->flows[i].is_tcp)
            take_flow(all, plan, times, &plan->flows[i]);
    }
    fprintf(out, "exchanges %zu\n", all->response.count);
    print_sample(out, "captured_response", &all->captured);
    print_sample(out, "response", &all->response);
}

static void print_delays(FILE *out, const struct plan *plan, const struct played_packet *times,
                         struct sample *delays)
{
    static const char *const names[DIRECTIONS] = {"read", "write"};
    static const char *const delay_names[DIRECTIONS] = {"read_delay", "write_delay"};

    for (int d = 0; d < DIRECTIONS; d++) {
        delays->count = 0;
        for (uint32_t i = 0; i < plan->packet_count; i++) {
            if (plan->packets[i].direction == d && plan->packets[i].bytes > 0)
                add(delays, times[i].delivered_us - times[i].due_us);
        }
        fprintf(out, "%s_packets %zu\n", names[d], delays->count);
        print_sample(out, delay_names[d], delays);
    }
}

int figures_print(FILE *out, const struct plan *plan, const struct played_packet *times)
{
    size_t room = plan->packet_count + 1U;
    int64_t *values = calloc(2 * room, sizeof(*values));
    struct exchanges all = {.response = {.values_us = values},
                            .captured = {.values_us = values + room}};
    struct sample delays = {.values_us = values};

    if (!values)
        return -1;
    print_exchanges(out, plan, times, &all);
    print_delays(out, plan, times, &delays);
    free(values);
    return 0;
}

void figures_print_packets(FILE *out, const struct plan *plan, const struct played_packet *times)
{
    fputs("flow,direction,bytes,captured_s,due_s,sent_s,delivered_s\n", out);
    for (uint32_t i = 0; i < plan->packet_count; i++) {
        const struct planned_packet *packet = &plan->packets[i];
        if (packet->bytes == 0)
            continue;
        fprintf(out, "%" PRIu32 ",%s,%" PRIu32 ",%.6f,%.6f,%.6f,%.6f\n", packet->flow + 1,
                packet->direction == FLOW_FROM_INITIATOR ? "read" : "write", packet->bytes,
                (double)packet->captured_us / 1e6, (double)times[i].due_us / 1e6,
                (double)times[i].sent_us / 1e6, (double)times[i].delivered_us / 1e6);
    }
}
