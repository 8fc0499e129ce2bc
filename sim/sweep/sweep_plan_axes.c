#include "sim/sweep/sweep_plan_axes.h"

#include <stdlib.h>
#include <string.h>

#include "sim/cli/options.h"

/* Whether a --group's text has name=NAME among its keys. */
static bool is_called(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = text; (at = strstr(at, "name=")); at++) {
        const char *end = at + strlen("name=") + length;
        if ((at == text || at[-1] == ',') && strncmp(at + strlen("name="), name, length) == 0 &&
            (*end == ',' || *end == '\0'))
            return true;
    }
    return false;
}

/* The --group to which the axis belongs. */
static int find_group(struct sweep_plan *plan, size_t axis, char *error)
{
    const struct sweep_config *config = plan->config;

    for (size_t i = 0; i < config->option_count; i++)
        if (strcmp(config->options[i].name, "group") == 0 &&
            is_called(config->options[i].value, plan->axes[axis].group)) {
            plan->group_options[axis] = i;
            return SIM_OK;
        }
    return sim_fail(error, SIM_MISUSE, "--vary %s: there is no --group name=%s",
                    plan->axes[axis].name, plan->axes[axis].group);
}

static const struct option_row *find_row(const char *name)
{
    const struct option_row *row;

    for (size_t i = 0; (row = options_table(i)); i++)
        if ((row->commands & COMMAND_RUN) && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* Whether an option of run may be varied. */
static int check_key(const struct sweep_plan *plan, const struct sweep_axis *axis, char *error)
{
    const struct option_row *row = find_row(axis->key);
    char suggested[SUGGESTION_TEXT_BYTES];

    if (!row)
        return sim_fail(error, SIM_MISUSE,
                        "--vary %s: not an option of run; see shapesim run --help%s", axis->name,
                        options_suggest(COMMAND_RUN, axis->key, "", suggested));
    if (strcmp(axis->key, "seed") == 0)
        return sim_fail(error, SIM_MISUSE, "--vary seed: give seeds with --seeds, like 1-10");
    if (strcmp(axis->key, "output") == 0)
        return sim_fail(error, SIM_MISUSE, "--vary output: each run has a directory in DIR/runs");
    if (!row->argument)
        return sim_fail(error, SIM_MISUSE,
                        "--vary %s: takes no value; give it to two sweeps, once "
                        "with and once without",
                        axis->name);
    for (size_t i = 0; i < plan->config->option_count; i++)
        if (strcmp(plan->config->options[i].name, axis->key) == 0 &&
            strcmp(axis->key, "group") != 0)
            return sim_fail(error, SIM_MISUSE,
                            "--vary %s: --%s is given too; leave one of them out", axis->name,
                            axis->key);
    return SIM_OK;
}

/* An axis whose values go with those of the first one. */
static int link_axis(struct sweep_plan *plan, const struct sweep_axis *axis, char *error)
{
    const struct sweep_axis *first = &plan->axes[0];

    plan->combinations = first->count;
    if (axis->count == first->count)
        return SIM_OK;
    return sim_fail(
        error, SIM_MISUSE,
        "--link: --vary %s has %zu values and --vary %s %zu; values go together, so give "
        "as many of each",
        first->name, first->count, axis->name, axis->count);
}

int sweep_plan_add_axis(struct sweep_plan *plan, const char *text, char *error)
{
    struct sweep_axis *axis = &plan->axes[plan->axis_count];
    int status = sweep_axis_parse(text, axis, error);

    if (status != SIM_OK) {
        sweep_axis_fini(axis);
        return status;
    }
    plan->axis_count++;
    for (size_t i = 0; i + 1 < plan->axis_count; i++)
        if (strcmp(plan->axes[i].name, axis->name) == 0)
            return sim_fail(error, SIM_MISUSE, "--vary %s: given twice; give all values at once",
                            axis->name);
    status =
        axis->group ? find_group(plan, plan->axis_count - 1, error) : check_key(plan, axis, error);
    if (status != SIM_OK)
        return status;
    if (plan->config->link)
        return link_axis(plan, axis, error);
    if (__builtin_mul_overflow(plan->combinations, axis->count, &plan->combinations))
        plan->combinations = UINT64_MAX;           /* too many, unless a sample is taken */
    return sweep_axis_check_distinct(axis, error); /* each value names its runs */
}

static int by_link(const void *a, const void *b, void *arg)
{
    const struct sweep_plan *plan = arg;
    int order = 0;

    for (size_t i = 0; i < plan->axis_count && order == 0; i++)
        order = strcmp(plan->axes[i].values[*(const size_t *)a],
                       plan->axes[i].values[*(const size_t *)b]);
    return order;
}

int sweep_plan_check_links(struct sweep_plan *plan, char *error)
{
    size_t count = plan->axis_count > 0 ? plan->axes[0].count : 0;
    size_t *order = calloc(count + 1, sizeof(*order));
    char text[SIM_ERROR_BYTES / 2];
    int status = order ? SIM_OK : sim_fail(error, SIM_FAILED, "sweep: out of memory");

    for (size_t i = 0; i < count && order; i++)
        order[i] = i;
    if (order)
        qsort_r(order, count, sizeof(*order), by_link, plan);
    for (size_t i = 1; i < count && status == SIM_OK; i++) {
        if (by_link(&order[i - 1], &order[i], plan) != 0)
            continue;
        sweep_plan_print_combination(plan, order[i], text, sizeof(text));
        status = sim_fail(error, SIM_MISUSE, "--link: %s is given twice; once will do", text);
    }
    free(order);
    return status;
}
