/*
 * The search behind `shapesim advise`: of the settings in a space, the one that meets all demands
 * with the least rate; among those within 1 % of it, the least burst; among those within 5 % of
 * that, the fewest grants per MB; then the longest tick. It makes no runs: it asks for settings by
 * the batch, and learns of each whether it holds.
 *
 * The rate is searched in whole bytes per tick, not below a thousandth of the busiest tick, for a
 * tick and a min-share at a time:
 *
 *     1. a rate that limits nothing tells whether any rate will do, and how many bytes pass in the
 *        busiest tick: with that rate each flow's max-min share is all that it offers, so no more
 *        is needed
 *     2. from where the source says to start, else from the busiest tick, rates upwards until one
 *        holds, in steps of 10 %, then each the square of the one before; then downwards until one
 *        fails
 *     3. bisection between the largest rate that fails and the least above it that holds, until
 *        they differ by 1 byte or 1 %
 *     4. three rates above the result, by 2, 10 and 50 %: where one fails, the demands do not hold
 *        from one rate on. ADVISE_SCAN rates up to the busiest tick are tried, and step 3 is
 *        repeated: the result is above every rate that failed. Where step 2 fails, rates below are
 *        tried likewise, and the result is the least rate of the highest stretch that was seen to
 *        hold
 *
 * Every other tick and min-share is tried at the least rate so far: one that fails there is out, at
 * the price of one run. Then the burst is searched likewise, to 5 %, from one tick's worth on, at
 * the rate that was found. A rate's burst in the search is the largest allowed: it lowers the rate.
 *
 * A step of the search may try several values at once, for as many cores: more runs, fewer steps.
 *
 * Example: demands that hold from 700 B per tick on, a start at 900 B: 900 and 818 hold, 676 fails,
 * 743 and 708 hold, 691 and 699 fail, 703 holds: 699 and 703 differ by less than 1 %.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_SEARCH_H
#define SHAPESIM_SIM_ADVISE_ADVISE_SEARCH_H

#include "sim/advise/advise_setting.h"

/* SIM_OK, also if no setting holds; SIM_FAILED on allocation failure, or what the source returned.
 * The caller frees the result with advise_result_fini() in any case. */
int advise_search(const struct advise_space *space, const struct advise_source *source,
                  struct advise_result *result, char *error);
void advise_result_fini(struct advise_result *result);

#endif
