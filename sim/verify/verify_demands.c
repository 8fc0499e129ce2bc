#include "sim/verify/verify_demands.h"

#include "sim/account/demand_figures.h"

static const enum check short_checks[DEMAND_SHORTS] = {
    [DEMAND_MIN_JAIN] = CHECK_MIN_JAIN,
    [DEMAND_MAX_P99_DELAY] = CHECK_MAX_P99_DELAY,
    [DEMAND_MAX_BURST] = CHECK_MAX_BURST,
    [DEMAND_MIN_UTILISATION] = CHECK_MIN_UTILISATION,
};

/* A demand and its check. */
struct demand_check {
    struct checks *checks;
    enum check check;
    const struct demand *demand;
};

static void take_figure(void *arg, const struct demand_figure *figure)
{
    const struct demand_check *of = arg;
    char subject[GROUP_NAME_BYTES + 16];

    if (figure->direction == DEMAND_EITHER_DIRECTION)
        snprintf(subject, sizeof(subject), " (%.32s)", figure->group);
    else
        snprintf(subject, sizeof(subject), " (%.32s %s)", figure->group,
                 shaper_direction_name((enum shaper_direction)figure->direction));
    switch (figure->verdict) {
    case DEMAND_NEVER_CONTENDED:
        check_holds_without(of->checks, of->check, "never contended%s", subject);
        return;
    case DEMAND_HOLDS:
    case DEMAND_FAILS:
        if (of->demand->is_most)
            check_at_most(of->checks, of->check, figure->figure, figure->bound, figure->unit,
                          subject);
        else
            check_at_least(of->checks, of->check, figure->figure, figure->bound, figure->unit,
                           subject);
        break;
    case DEMAND_NOT_MEASURED:
    case DEMAND_INFINITE:
        break;
    }
    if (!demand_figure_holds(figure))
        check_fails(of->checks, of->check, "summary.json: %s", figure->text);
}

static void hold(struct verification *v, const struct demand *demand, enum check check)
{
    struct demand_check of = {.checks = v->checks, .check = check, .demand = demand};

    demand_judge(demand, v->summary, take_figure, &of);
}

void verify_demands(struct verification *v)
{
    const struct verify_config *config = v->config;

    for (int i = 0; i < DEMAND_SHORTS; i++)
        if (config->short_demands[i].text)
            hold(v, &config->short_demands[i], short_checks[i]);
    for (size_t i = 0; i < config->wants.count; i++) {
        check_calls_want(v->checks, i, config->wants.demands[i].text);
        hold(v, &config->wants.demands[i], (enum check)(CHECK_WANT + (int)i));
    }
}
