#include "sim/sweep/sweep_axis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"

#define ONE INT64_C(1000000) /* in millionths */

__extension__ typedef __int128 wide;

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "--vary: out of memory");
}

/* Takes ownership of `value`. */
static int add_value(struct sweep_axis *axis, char *value, char *error)
{
    if (!value)
        return out_of_memory(error);
    if (axis->count == SWEEP_VALUES_MAX) {
        free(value);
        return sim_fail(error, SIM_MISUSE, "--vary %s: more than %d values", axis->name,
                        SWEEP_VALUES_MAX);
    }
    if ((axis->count & (axis->count - 1)) == 0) { /* room for the next power of two */
        size_t room = axis->count ? 2 * axis->count : 1;
        char **values = reallocarray(axis->values, room, sizeof(*values));
        if (!values) {
            free(value);
            return out_of_memory(error);
        }
        axis->values = values;
    }
    axis->values[axis->count++] = value;
    return SIM_OK;
}

/* --- ranges ------------------------------------------------------------------------------ */

struct range {
    int64_t first, last, step; /* millionths */
    char operation;            /* '*' or '+' */
    char unit[16];
};

static char *range_value(const struct range *range, int64_t value)
{
    char number[48], *text = NULL;

    snprintf(number, sizeof(number), "%" PRId64 ".%06" PRId64, value / ONE, value % ONE);
    for (size_t end = strlen(number); number[end - 1] == '0' || number[end - 1] == '.'; end--) {
        bool is_point = number[end - 1] == '.';
        number[end - 1] = '\0';
        if (is_point)
            break;
    }
    return asprintf(&text, "%s%s", number, range->unit) < 0 ? NULL : text;
}

/* A number with its unit; `unit` is the one required, or set to the one found if it is empty. */
static bool read_end(const char *text, size_t length, struct range *range, int64_t *value)
{
    char copy[64];

    if (length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    const char *unit = unit_number(copy, value);
    if (!unit || strlen(unit) >= sizeof(range->unit))
        return false;
    if (value != &range->first)
        return strcmp(unit, range->unit) == 0;
    memcpy(range->unit, unit, strlen(unit) + 1);
    return true;
}

/* A..B*F or A..B+S; `dots` is the position of the two dots. */
static bool read_range(const char *text, const char *dots, struct range *range)
{
    const char *end = dots + 2, *operation = end + strcspn(end, "*+");
    const char *step = operation + 1;

    if (!*operation || !read_end(text, (size_t)(dots - text), range, &range->first) ||
        !read_end(end, (size_t)(operation - end), range, &range->last))
        return false;
    range->operation = *operation;
    if (range->operation == '+')
        return read_end(step, strlen(step), range, &range->step) && range->step > 0;
    const char *rest = unit_number(step, &range->step);
    return rest && !*rest && range->step > ONE && range->first > 0;
}

/* The value after `value`; false if there is none that fits into 63 bits. *exact is set if six
 * decimals suffice for it. */
static bool range_next(const struct range *range, int64_t *value, bool *exact)
{
    if (range->operation == '+')
        return !__builtin_add_overflow(*value, range->step, value);
    wide product = (wide)*value * range->step;
    *exact = product % ONE == 0;
    if (product / ONE > INT64_MAX)
        return false;
    *value = (int64_t)(product / ONE);
    return true;
}

static int add_range(struct sweep_axis *axis, const char *text, const char *dots, char *error)
{
    struct range range;
    bool exact = true;

    if (!read_range(text, dots, &range))
        return sim_fail(
            error, SIM_MISUSE,
            "--vary %s: '%s' is no range; write A..B*F with a factor above 1, or A..B+S "
            "with a step, ends and step in the same unit, like 1ms..100ms*10",
            axis->name, text);
    if (range.last < range.first)
        return sim_fail(error, SIM_MISUSE, "--vary %s: '%s' ends before it begins", axis->name,
                        text);
    for (int64_t value = range.first; value <= range.last;) {
        int status = add_value(axis, range_value(&range, value), error);
        if (status != SIM_OK)
            return status;
        if (!range_next(&range, &value, &exact))
            break;
        if (!exact && value <= range.last)
            return sim_fail(error, SIM_MISUSE,
                            "--vary %s: '%s' has values of more than six decimals; write them out "
                            "as a list",
                            axis->name, text);
    }
    return SIM_OK;
}

/* --- lists ------------------------------------------------------------------------------- */

/* Copies up to the next comma that has no backslash; *text moves past it, or becomes NULL. */
static char *next_item(const char **text)
{
    char *item = malloc(strlen(*text) + 1), *to = item;
    const char *from = *text;

    if (!item)
        return NULL;
    for (; *from && *from != ','; from++) {
        if (from[0] == '\\' && from[1] == ',')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    *text = *from ? from + 1 : NULL;
    return item;
}

static int add_item(struct sweep_axis *axis, char *item, char *error)
{
    const char *dots = strstr(item, "..");

    if (dots) {
        int status = add_range(axis, item, dots, error);
        free(item);
        return status;
    }
    if (*item)
        return add_value(axis, item, error);
    free(item);
    return sim_fail(error, SIM_MISUSE,
                    "--vary %s: a value is empty; write values with commas between them",
                    axis->name);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int sweep_axis_check_distinct(const struct sweep_axis *axis, char *error)
{
    char **sorted = calloc(axis->count, sizeof(*sorted));
    int status = SIM_OK;

    if (!sorted)
        return out_of_memory(error);
    memcpy(sorted, axis->values, axis->count * sizeof(*sorted));
    qsort(sorted, axis->count, sizeof(*sorted), by_text);
    for (size_t i = 1; i < axis->count && status == SIM_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = sim_fail(error, SIM_MISUSE, "--vary %s: %s is given twice; once will do",
                              axis->name, sorted[i]);
    free(sorted);
    return status;
}

static int take_name(struct sweep_axis *axis, const char *text, size_t length, char *error)
{
    axis->name = strndup(text, length);
    if (!axis->name)
        return out_of_memory(error);
    const char *point = strrchr(axis->name, '.'); /* keys contain no dots, groups' names may */
    axis->key = point ? point + 1 : axis->name;
    if (!point)
        return SIM_OK;
    axis->group = strndup(axis->name, (size_t)(point - axis->name));
    return axis->group ? SIM_OK : out_of_memory(error);
}

int sweep_axis_parse(const char *text, struct sweep_axis *axis, char *error)
{
    const char *equals = strchr(text, '=');

    memset(axis, 0, sizeof(*axis));
    if (!equals || equals == text)
        return sim_fail(error, SIM_MISUSE,
                        "--vary %s: no KEY=VALUES; write like min-share=1,64,512", text);
    int status = take_name(axis, text, (size_t)(equals - text), error);
    for (const char *items = equals + 1; items && status == SIM_OK;) {
        char *item = next_item(&items);
        status = item ? add_item(axis, item, error) : out_of_memory(error);
    }
    return status;
}

void sweep_axis_fini(struct sweep_axis *axis)
{
    for (size_t i = 0; i < axis->count; i++)
        free(axis->values[i]);
    free(axis->values);
    free(axis->group);
    free(axis->name);
    memset(axis, 0, sizeof(*axis));
}
