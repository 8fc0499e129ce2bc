/*
 * Whether a setting may be recommended at all: each of its runs is complete, delivers every byte of
 * the trace, breaks no flow, answers every exchange and meets every demand (--want). If not, the
 * reasons, in words: one for each kind of fault, for the run in which it is worst.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_ELIGIBILITY_H
#define SHAPESIM_SIM_SWEEP_SWEEP_ELIGIBILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a run did not deliver, over all groups and both directions. */
struct sweep_losses {
    double offered_bytes, delivered_bytes;
    double unoffered_bytes; /* that --max-time cut off before they were due, or whose turn never
                             * came in closed loop */
    bool knows_unoffered;
    bool is_cut; /* by --max-time */
    double flows, false_eofs;
    double broken_flows; /* of these flows: they could never go on */
    double exchanges, unanswered;
};

/* 0 to 100, of the bytes that the trace has, as far as they are known. */
double sweep_losses_delivered_percent(const struct sweep_losses *losses);

/* Demands that a run does not meet. */
struct sweep_unmet {
    size_t demand; /* its number: the order of reasons */
    char *text;    /* owned */
};

/* One run of a setting. */
struct sweep_evidence {
    int64_t seed;
    const char *failure; /* why it is not complete, or NULL; then nothing else is known */
    bool is_missing;     /* it has not been run: `failure` is set, too */
    const struct sweep_losses *losses;
    const struct sweep_unmet *unmet;
    size_t unmet_count;
};

/* Texts; empty when zeroed. */
struct sweep_reasons {
    char **texts; /* owned, like each text */
    size_t count;
};

/* Appends the reasons against a setting with these runs: none if it is eligible. With several
 * traces it is called for each, and `trace` is the name to put in front; NULL for one. 0, or -1 on
 * allocation failure. */
int sweep_reasons_add(struct sweep_reasons *reasons, const char *trace,
                      const struct sweep_evidence *runs, size_t count);
void sweep_reasons_fini(struct sweep_reasons *reasons);

#endif
