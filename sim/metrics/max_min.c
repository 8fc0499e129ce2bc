#include "sim/metrics/max_min.h"

/* What of the claims is settled: `satisfied` is the demand of those below the level, `weight` the
 * weight of those above it. */
struct settled {
    double satisfied;
    double weight;
    double largest; /* demand per weight of those below */
};

/* The claims that are not settled yet, split by a pivot: [0, below) less, [above, count) more. */
struct split {
    size_t below;
    size_t above;
    double demand_below;
    double demand_equal;
    double weight_from; /* of the equal ones and of those above */
};

static double ratio(const struct max_min_claim *claim)
{
    return claim->demand / claim->weight;
}

static double middle_of_three(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

static void swap(struct max_min_claim *a, struct max_min_claim *b)
{
    struct max_min_claim kept = *a;

    *a = *b;
    *b = kept;
}

static struct split split_claims(struct max_min_claim *claims, size_t count, double pivot)
{
    struct split split = {.above = count};

    for (size_t at = 0; at < split.above;) {
        double here = ratio(&claims[at]);
        if (here > pivot) {
            split.weight_from += claims[at].weight;
            swap(&claims[at], &claims[--split.above]);
        } else if (here < pivot) {
            split.demand_below += claims[at].demand;
            swap(&claims[at++], &claims[split.below++]);
        } else {
            split.demand_equal += claims[at].demand;
            split.weight_from += claims[at].weight;
            at++;
        }
    }
    return split;
}

double max_min_level(struct max_min_claim *claims, size_t count, double capacity)
{
    struct settled settled = {0};

    while (count > 0) {
        double pivot = middle_of_three(ratio(&claims[0]), ratio(&claims[count / 2]),
                                       ratio(&claims[count - 1]));
        struct split split = split_claims(claims, count, pivot);
        double used =
            settled.satisfied + split.demand_below + pivot * (split.weight_from + settled.weight);
        if (used <= capacity) { /* the level is the pivot or more */
            settled.satisfied += split.demand_below + split.demand_equal;
            settled.largest = pivot;
            claims += split.above;
            count -= split.above;
        } else {
            settled.weight += split.weight_from;
            count = split.below;
        }
    }
    return settled.weight > 0 ? (capacity - settled.satisfied) / settled.weight : settled.largest;
}

double max_min_share(const struct max_min_claim *claim, double level)
{
    double most = claim->weight * level;

    return claim->demand < most ? claim->demand : most;
}
