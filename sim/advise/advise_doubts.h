/*
 * What the runs of a search leave in doubt, demand by demand: those that no setting meets, with
 * the nearest that was reached, and those that hold at one rate and fail at a higher one.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_DOUBTS_H
#define SHAPESIM_SIM_ADVISE_ADVISE_DOUBTS_H

#include "sim/advise/advise_outcome.h"

/* Every setting's figures: `wants` of them for each probe, in the order of the probes. Borrowed. */
struct advise_table {
    const struct advise_probe *probes;
    size_t probe_count, wants;
    const struct advise_figure *figures;
};

static inline const struct advise_figure *advise_table_at(const struct advise_table *table,
                                                          size_t probe, size_t want)
{
    return &table->figures[probe * table->wants + want];
}

bool advise_figure_holds(const struct advise_figure *figure);

/* The index of the probe that comes nearest to a demand, the first of equals; one that meets it is
 * nearest. The table has probes. */
size_t advise_nearest(const struct advise_table *table, size_t want);

/* Whether a demand holds at one rate and fails at a higher one, all else alike but for the burst
 * that goes with the rate; then the indices of the two such that differ least. */
bool advise_falls(const struct advise_table *table, size_t want, size_t *holds, size_t *fails);

#endif
