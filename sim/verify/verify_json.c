#include "sim/verify/verify_json.h"

#include <inttypes.h>
#include <math.h>

#include "shaper/libevent/memory.h"
#include "sim/base/numbers.h"

#define TEXT_BYTES 32
#define FRACTION   1e-9 /* sums of fractions, in another order */

static void print(char text[TEXT_BYTES], const json_t *value)
{
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

    snprintf(text, TEXT_BYTES, "%s", dumped ? dumped : "nothing");
    memory_give(dumped); /* jansson's */
}

static bool is_same(const json_t *found, const json_t *expected)
{
    if (json_is_real(expected) && json_is_number(found)) {
        double value = json_real_value(expected);
        return fabs(json_number_value(found) - value) <= FRACTION * fmax(1, fabs(value));
    }
    return json_equal(found, expected);
}

void verify_json(struct verification *v, const char *of, const json_t *found, json_t *expected)
{
    char path[160], found_text[TEXT_BYTES], expected_text[TEXT_BYTES];
    const char *key;
    json_t *value;

    if (json_is_object(expected)) {
        json_object_foreach(expected, key, value)
        {
            snprintf(path, sizeof(path), "%s: %s", of, key);
            verify_json(v, path, json_object_get(found, key), value);
        }
        return;
    }
    if (json_is_array(expected) && json_array_size(found) == json_array_size(expected)) {
        for (size_t i = 0; i < json_array_size(expected); i++) {
            snprintf(path, sizeof(path), "%s: number %zu", of, i + 1);
            verify_json(v, path, json_array_get(found, i), json_array_get(expected, i));
        }
        return;
    }
    if (is_same(found, expected)) {
        check_holds(v->checks, CHECK_SUMMARY);
        return;
    }
    print(found_text, found);
    print(expected_text, expected);
    check_fails(v->checks, CHECK_SUMMARY, "summary.json: %s: %s, but %s expected by the CSV files",
                of, found_text, expected_text);
}

void verify_summary_integer(struct verification *v, json_t *object, const char *of, const char *key,
                            int64_t expected)
{
    json_t *value = json_object_get(object, key);

    if (json_is_integer(value) && json_integer_value(value) == expected)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: %s: %lld, but %" PRId64 " expected by the CSV files", of,
                    key, (long long)json_integer_value(value), expected);
}

void verify_summary_range(struct verification *v, json_t *object, const char *of, const char *key,
                          double least, double most)
{
    json_t *value = json_object_get(object, key);
    double number = json_number_value(value);

    if (json_is_number(value) && number >= least && number <= most)
        check_holds(v->checks, CHECK_SUMMARY);
    else
        check_fails(v->checks, CHECK_SUMMARY,
                    "summary.json: %s: %s: %.15g, but from %.15g to %.15g expected", of, key,
                    number, least, most);
}

int64_t verify_summary_time_us(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    int64_t us;

    return json_is_number(value) && number_round_i64(json_number_value(value) * 1e6, &us) ? us : -1;
}
