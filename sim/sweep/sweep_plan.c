#include "sim/sweep/sweep_plan.h"

#include <stdio.h>
#include <stdlib.h>

const char *sweep_plan_value_in(const struct sweep_plan *plan, uint64_t combination, size_t axis)
{
    uint64_t rest = combination;

    if (plan->config->link)
        return plan->axes[axis].values[combination];
    for (size_t i = plan->axis_count - 1; i > axis; i--)
        rest /= plan->axes[i].count;
    return plan->axes[axis].values[rest % plan->axes[axis].count];
}

const char *sweep_plan_value(const struct sweep_plan *plan, const struct sweep_setting *setting,
                             size_t axis)
{
    return sweep_plan_value_in(plan, setting->combination, axis);
}

void sweep_plan_print_combination(const struct sweep_plan *plan, uint64_t combination, char *text,
                                  size_t room)
{
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < plan->axis_count && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s=%s", i ? " " : "",
                                 plan->axes[i].name, sweep_plan_value_in(plan, combination, i));
}

const struct sweep_limits *sweep_plan_limits(const struct sweep_setting *setting, size_t group)
{
    for (size_t i = 0; i < setting->limit_count; i++)
        if (setting->limits[i].group == group)
            return &setting->limits[i];
    return NULL;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->setting_count; i++) {
        free(plan->settings[i].command);
        free(plan->settings[i].limits);
    }
    for (size_t i = 0; i < plan->impossible_count; i++)
        free(plan->impossible[i].reason);
    free(plan->impossible);
    for (size_t i = 0; i < plan->axis_count; i++)
        sweep_axis_fini(&plan->axes[i]);
    for (size_t i = 0; i < plan->trace_count; i++)
        free(plan->traces[i].path);
    for (size_t i = 0; i < plan->reading_count; i++)
        free(plan->readings[i]);
    free(plan->readings);
    free(plan->settings);
    free(plan->traces);
    free(plan);
}
