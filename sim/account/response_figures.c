#include "sim/account/response_figures.h"

#include <math.h>
#include <string.h>

static const struct object_keys {
    const char *name, *count, *lost;
} objects[RESPONSE_OBJECTS] = {
    [RESPONSE_OBJECT_RESPONSES] = {"responses", "exchanges", "unanswered"},
    [RESPONSE_OBJECT_COMPLETION] = {"completion", "flows", "incomplete"},
};

const char *response_object_name(enum response_object object)
{
    return objects[object].name;
}

static int64_t count_at(const json_t *group, enum response_object object, const char *key)
{
    const json_t *figures = json_object_get(group, objects[object].name);

    return json_integer_value(json_object_get(figures, key));
}

int64_t response_figures_count(const json_t *group, enum response_object object)
{
    return count_at(group, object, objects[object].count);
}

int64_t response_figures_lost(const json_t *group, enum response_object object)
{
    return count_at(group, object, objects[object].lost);
}

/* Those of which the figure is: a slowdown is not taken of the shortest exchanges. */
static int64_t counted(const json_t *group, enum response_object object, const char *key)
{
    int64_t all = response_figures_count(group, object);

    return strncmp(key, "slowdown", strlen("slowdown")) == 0
               ? all - count_at(group, object, "slowdown_left_out")
               : all;
}

double response_figure(const json_t *group, enum response_object object, const char *key)
{
    const json_t *value = json_object_get(json_object_get(group, objects[object].name), key);

    if (json_is_number(value))
        return json_number_value(value);
    if (json_is_null(value) && response_figures_lost(group, object) > 0 &&
        counted(group, object, key) > 0)
        return INFINITY;
    return NAN;
}
