#include "sim/sweep/sweep_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The work on one problem. */
struct contest {
    const struct rank_problem *problem;
    struct rank_setting *settings;
    size_t *order;
    size_t eligible; /* how many of `order`, the first ones */
    size_t *room;    /* for as many indices as `order` */
};

/* What settings are sorted by. */
struct rank_view {
    const struct rank_problem *problem;
    size_t trace, criterion;
};

static struct rank_figure figure_of(const struct rank_problem *problem, size_t trace,
                                    size_t setting, size_t criterion)
{
    size_t row = trace * problem->settings + setting;

    return problem->figures[row * problem->criterion_count + criterion];
}

static double half_width(struct rank_figure figure)
{
    return isnan(figure.ci95) ? 0 : figure.ci95;
}

static double resolution(const struct rank_criterion *criterion, double a, double b)
{
    return fmax(criterion->absolute, criterion->relative * fmax(fabs(a), fabs(b)));
}

/* By the means alone; what is missing comes last. */
static int compare_means(const struct rank_criterion *criterion, double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    if (a == b)
        return 0;
    return (a > b) == criterion->more_is_better ? -1 : 1;
}

int rank_compare(const struct rank_criterion *criterion, struct rank_figure a, struct rank_figure b)
{
    if (isnan(a.mean) || isnan(b.mean))
        return 0;
    double apart = fabs(a.mean - b.mean);
    bool is_tied =
        apart <= half_width(a) + half_width(b) || apart < resolution(criterion, a.mean, b.mean);
    return is_tied ? 0 : compare_means(criterion, a.mean, b.mean);
}

static int by_mean(const void *a, const void *b, void *arg)
{
    const struct rank_view *by = arg;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int better = compare_means(&by->problem->criteria[by->criterion],
                               figure_of(by->problem, by->trace, x, by->criterion).mean,
                               figure_of(by->problem, by->trace, y, by->criterion).mean);

    return better ? better : x < y ? -1 : x > y;
}

/* --- one key after the other ----------------------------------------------------------------- */

/* Brings those of `list`, sorted, that are tied with its first to the front; returns how many. */
static size_t gather_tied(const struct contest *contest, const struct rank_view *by, size_t *list,
                          size_t count)
{
    const struct rank_criterion *criterion = &by->problem->criteria[by->criterion];
    struct rank_figure first = figure_of(by->problem, by->trace, list[0], by->criterion);
    size_t tied = 1, others = 0;

    for (size_t i = 1; i < count; i++) {
        size_t setting = list[i];
        struct rank_figure figure = figure_of(by->problem, by->trace, setting, by->criterion);
        if (rank_compare(criterion, first, figure) == 0)
            list[tied++] = setting;
        else
            contest->room[others++] = setting;
    }
    memcpy(list + tied, contest->room, others * sizeof(*list));
    return tied;
}

/* Adds the places of `list`, whose first is `place`, from that criterion on. */
static void add_places(struct contest *contest, struct rank_view by, size_t *list, size_t count,
                       size_t place)
{
    if (count == 1 || by.criterion == by.problem->criterion_count) {
        for (size_t i = 0; i < count; i++)
            contest->settings[list[i]].score += place;
        return;
    }
    qsort_r(list, count, sizeof(*list), by_mean, &by);
    for (size_t begin = 0, tied; begin < count; begin += tied) {
        struct rank_view next = {by.problem, by.trace, by.criterion + 1};
        tied = gather_tied(contest, &by, list + begin, count - begin);
        add_places(contest, next, list + begin, tied, place + begin);
    }
}

/* --- the sum of places ----------------------------------------------------------------------- */

static void add_plain_places(struct contest *contest, struct rank_view by)
{
    const struct rank_criterion *criterion = &by.problem->criteria[by.criterion];
    size_t place = 0;

    qsort_r(contest->order, contest->eligible, sizeof(*contest->order), by_mean, &by);
    for (size_t i = 0; i < contest->eligible; i++) {
        double mean = figure_of(by.problem, by.trace, contest->order[i], by.criterion).mean;
        if (i == 0 ||
            compare_means(criterion,
                          figure_of(by.problem, by.trace, contest->order[i - 1], by.criterion).mean,
                          mean) != 0)
            place = i + 1;
        contest->settings[contest->order[i]].score += place;
    }
}

/* --- the whole order ------------------------------------------------------------------------- */

/* The eligible first, by their score, then the others. */
static int by_result(const void *a, const void *b, void *arg)
{
    const struct rank_setting *settings = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const struct rank_setting *x = &settings[i], *y = &settings[j];

    if (x->is_eligible != y->is_eligible)
        return x->is_eligible ? -1 : 1;
    if (x->is_eligible && x->score != y->score)
        return x->score < y->score ? -1 : 1;
    if (!x->is_eligible && x->delivered_percent != y->delivered_percent)
        return x->delivered_percent > y->delivered_percent ? -1 : 1;
    return i < j ? -1 : i > j;
}

static bool shares_place(const struct rank_setting *x, const struct rank_setting *y)
{
    if (x->is_eligible != y->is_eligible)
        return false;
    return x->is_eligible ? x->score == y->score : x->delivered_percent == y->delivered_percent;
}

static void number_places(struct contest *contest)
{
    size_t place = 1;

    for (size_t i = 0; i < contest->problem->settings; i++) {
        struct rank_setting *setting = &contest->settings[contest->order[i]];
        if (i > 0 && !shares_place(&contest->settings[contest->order[i - 1]], setting))
            place = i + 1;
        setting->place = place;
    }
}

/* Whether `a` is better than `b` in some key, and worse in none. */
static bool beats(const struct rank_problem *problem, size_t a, size_t b)
{
    bool is_better = false;

    for (size_t t = 0; t < problem->traces; t++)
        for (size_t c = 0; c < problem->criterion_count; c++) {
            int better = rank_compare(&problem->criteria[c], figure_of(problem, t, a, c),
                                      figure_of(problem, t, b, c));
            if (better > 0)
                return false;
            is_better |= better < 0;
        }
    return is_better;
}

/* The first of the order counts as unbeaten: a tie has decided for it. */
static void find_unbeaten(struct contest *contest)
{
    for (size_t i = 0; i < contest->eligible; i++) {
        size_t setting = contest->order[i];
        bool is_beaten = false;
        for (size_t j = 0; j < contest->eligible && i > 0 && !is_beaten; j++)
            is_beaten = beats(contest->problem, contest->order[j], setting);
        contest->settings[setting].is_unbeaten = !is_beaten;
    }
}

static void score(struct contest *contest)
{
    const struct rank_problem *problem = contest->problem;

    for (size_t t = 0; t < problem->traces && contest->eligible > 0; t++) {
        if (problem->method == RANK_BY_KEYS)
            add_places(contest, (struct rank_view){problem, t, 0}, contest->order,
                       contest->eligible, 1);
        for (size_t c = 0; c < problem->criterion_count && problem->method == RANK_BY_SUM; c++)
            add_plain_places(contest, (struct rank_view){problem, t, c});
    }
}

int rank_settings(const struct rank_problem *problem, struct rank_setting *settings, size_t *order)
{
    struct contest contest = {.problem = problem, .settings = settings, .order = order};

    contest.room = calloc(problem->settings + 1, sizeof(*contest.room));
    if (!contest.room)
        return -1;
    for (size_t i = 0; i < problem->settings; i++) {
        settings[i].score = 0;
        settings[i].is_unbeaten = false;
        order[i] = i;
        contest.eligible += settings[i].is_eligible;
    }
    qsort_r(order, problem->settings, sizeof(*order), by_result, settings);
    score(&contest);
    qsort_r(order, problem->settings, sizeof(*order), by_result, settings);
    number_places(&contest);
    find_unbeaten(&contest);
    free(contest.room);
    return 0;
}
