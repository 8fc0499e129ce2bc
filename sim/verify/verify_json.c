/* One value of summary.json against what it should be. */
#include "sim/verify/verify_internal.h"

#include <math.h>

#include "shaper/libevent/memory.h"

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
