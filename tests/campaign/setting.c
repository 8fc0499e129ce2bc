#include "tests/campaign/setting.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *setting_value(const struct setting *setting, const char *name)
{
    for (size_t i = setting->count; i > 0; i--)
        if (strcmp(setting->options[i - 1].name, name) == 0)
            return setting->options[i - 1].value;
    return NULL;
}

bool setting_has(const struct setting *setting, const char *name)
{
    return setting_value(setting, name) != NULL;
}

bool setting_says(const struct setting *setting, const char *name, const char *value)
{
    const char *said = setting_value(setting, name);

    return said && strcmp(said, value) == 0;
}

bool setting_mentions(const struct setting *setting, const char *name, const char *text)
{
    for (size_t i = 0; i < setting->count; i++)
        if (strcmp(setting->options[i].name, name) == 0 && strstr(setting->options[i].value, text))
            return true;
    return false;
}

void setting_print(const struct setting *setting, FILE *out)
{
    for (size_t i = 0; i < setting->count; i++) {
        const struct setting_option *option = &setting->options[i];
        bool is_plain = strcspn(option->value, " &[]()*?<>|;") == strlen(option->value);
        fprintf(out, " %s", option->name);
        if (option->value[0])
            fprintf(out, is_plain ? " %s" : " '%s'", option->value);
    }
}

bool setting_equal(const struct setting *a, const struct setting *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->options[i].name, b->options[i].name) != 0 ||
            strcmp(a->options[i].value, b->options[i].value) != 0)
            return false;
    return true;
}

/* --- shrinking ------------------------------------------------------------------------------- */

static void leave_out(struct setting *setting, size_t index)
{
    memmove(&setting->options[index], &setting->options[index + 1],
            (setting->count - index - 1) * sizeof(setting->options[0]));
    setting->count--;
}

/* Leaves out the `part`th of a list with commas; false: it has no such part. */
static bool leave_out_part(char *value, size_t part)
{
    char *from = value;

    for (; part > 0 && from; part--)
        if ((from = strchr(from, ',')))
            from++;
    if (!from || !strchr(value, ','))
        return false;
    char *comma = strchr(from, ',');
    if (comma)
        memmove(from, comma + 1, strlen(comma));
    else
        from[-1] = 0;
    return true;
}

static int64_t smaller_number(int64_t number, size_t way)
{
    int64_t round = 1;

    while (round <= number / 10)
        round *= 10;
    switch (way) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return number / 2;
    case 3:
        return number / round * round;
    case 4:
        return round > 1 ? number / (round / 10) * (round / 10) : number;
    default:
        return number > 0 ? number - 1 : 0;
    }
}

#define WAYS 6

/* Makes the `which`th number of a value smaller; false: it has no such number. */
static bool shrink_number(char value[SETTING_VALUE_BYTES], size_t which, size_t way)
{
    char *at = value, *end, rest[SETTING_VALUE_BYTES];

    for (;; which--) {
        while (*at && !isdigit((unsigned char)*at))
            at++;
        if (!*at)
            return false;
        int64_t number = strtoll(at, &end, 10);
        if (which > 0) {
            at = end;
            continue;
        }
        snprintf(rest, sizeof(rest), "%s", end);
        snprintf(at, (size_t)(value + SETTING_VALUE_BYTES - at), "%" PRId64 "%s",
                 smaller_number(number, way), rest);
        return true;
    }
}

bool setting_shrink(const struct setting *setting, size_t step, struct setting *smaller)
{
    *smaller = *setting;
    if (step < setting->count) {
        leave_out(smaller, step);
        return true;
    }
    step -= setting->count;
    for (size_t i = 0; i < setting->count; i++)
        for (size_t part = 0;; part++) {
            if (!leave_out_part(smaller->options[i].value, part))
                break;
            if (step-- == 0)
                return true;
            *smaller = *setting;
        }
    for (size_t i = 0; i < setting->count; i++)
        for (size_t number = 0;; number++) {
            size_t way = step < WAYS ? step : 0;
            if (!shrink_number(smaller->options[i].value, number, way))
                break;
            if (step < WAYS)
                return true;
            step -= WAYS;
            *smaller = *setting;
        }
    return false;
}
