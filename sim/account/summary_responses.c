#include "sim/account/summary_responses.h"

#include <stdio.h>

#include "sim/base/json_text.h"
#include "sim/output/record.h"

#define KEY_BYTES 48

static const struct {
    const char *name;
    unsigned per_mille;
} percentiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"max", PER_MILLE_MAX}};

#define PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

/* In millionths: of a second, or of what has no unit. */
static json_t *millionths(int64_t value)
{
    bool is_number = value != TIME_NONE && value != TIME_INFINITE;

    return is_number ? json_real((double)value / 1e6) : json_null();
}

static void set_percentile(json_t *object, const char *name, size_t i, int64_t us)
{
    char key[KEY_BYTES];

    snprintf(key, sizeof(key), "%s_%s_s", name, percentiles[i].name);
    json_object_set_new(object, key, millionths(us));
}

void summary_set_percentiles(json_t *object, const char *name, const struct delay_histogram *times)
{
    for (size_t i = 0; i < PERCENTILES; i++)
        set_percentile(object, name, i,
                       captured_times_percentile_us(times, percentiles[i].per_mille));
}

static void set_waiting(json_t *object, const char *name, const struct waiting_times *times)
{
    for (size_t i = 0; i < PERCENTILES; i++)
        set_percentile(object, name, i, waiting_times_percentile(times, percentiles[i].per_mille));
}

static json_t *json_endpoint(uint8_t ip_version, const struct endpoint *endpoint)
{
    char address[ADDRESS_TEXT_BYTES];

    address_print(address, ip_version, endpoint);
    return json_sprintf(ip_version == 4 ? "%s:%u" : "[%s]:%u", address, (unsigned)endpoint->port);
}

static json_t *json_slowest(const struct response_times *times)
{
    json_t *array = json_array();

    for (size_t i = 0; i < times->slowest_count; i++) {
        const struct response *response = &times->slowest[i];
        json_t *object = json_object();
        json_object_set_new(object, "flow", json_u64(response->flow));
        json_object_set_new(object, "exchange", json_u64(response->exchange));
        json_object_set_new(object, "initiator",
                            json_endpoint(response->ip_version, &response->initiator));
        json_object_set_new(object, "responder",
                            json_endpoint(response->ip_version, &response->responder));
        json_object_set_new(object, "start_s",
                            response->start_us < 0 ? json_null() : millionths(response->start_us));
        json_object_set_new(object, "captured_response_s",
                            millionths(response->captured_response_us));
        json_object_set_new(object, "response_s",
                            response->response_us < 0 ? json_null()
                                                      : millionths(response->response_us));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *summary_responses(const struct response_times *times)
{
    json_t *object = json_object();

    json_object_set_new(object, "exchanges", json_u64(response_times_exchanges(times)));
    json_object_set_new(object, "unanswered", json_u64(times->response.incomplete));
    json_object_set_new(object, "without_response", json_u64(times->without_response));
    json_object_set_new(object, "slowdown_left_out", json_u64(times->slowdown_left_out));
    set_waiting(object, "response", &times->response);
    summary_set_percentiles(object, "captured_response", &times->captured);
    for (size_t i = 0; i < PERCENTILES; i++)
        set_percentile(object, "added", i,
                       response_times_added_us(times, percentiles[i].per_mille));
    json_object_set_new(object, "slowdown_p50",
                        millionths(waiting_times_percentile(&times->slowdown, 500)));
    json_object_set_new(object, "slowdown_p99",
                        millionths(waiting_times_percentile(&times->slowdown, 990)));
    json_object_set_new(object, "slowest", json_slowest(times));
    return object;
}

json_t *summary_completion(const struct completion_times *times)
{
    json_t *object = json_object();

    json_object_set_new(object, "flows", json_u64(completion_times_flows(times)));
    json_object_set_new(object, "incomplete", json_u64(times->completion.incomplete));
    set_waiting(object, "completion", &times->completion);
    summary_set_percentiles(object, "captured_completion", &times->captured);
    return object;
}
