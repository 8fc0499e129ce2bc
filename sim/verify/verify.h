/*
 * Checks a finished run only by its files, and trusts none of them: each is read back in one pass
 * and compared with the others, against the command that summary.json records, and against the
 * arithmetic of libevent's buckets. Memory grows with the run's flows, not with its ticks.
 *
 *   flows.csv       offered = delivered + backlog; ranges; sums to summary.json
 *   events.csv      what the command asks for, with the buckets before and after it
 *   ticks.csv       start - bytes - events = end; next start = min(burst, end + rate); totals;
 *                   -(min-share - 1) <= bucket <= burst; members are flows between start and end
 *   flow_ticks.csv  sums to ticks.csv, tick by tick, and to flows.csv, flow by flow
 *   filters.csv, application.csv    what is between offered and charged, flow by flow
 *   fairness.csv, burst.csv         recomputed from ticks.csv and flow_ticks.csv
 *   any k ticks     sum of bytes <= burst + overdraft + rate x (k - 1), which is one pass for all
 * k: Q = max(0, Q - rate) + bytes must stay below burst + overdraft (Cruz 1991)
 *
 * A new file's checks are one more function in verify.c's list.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_H
#define SHAPESIM_SIM_VERIFY_VERIFY_H

#include "sim/config/verify_config.h"
#include "sim/verify/checks.h"

/* Makes every check that the config asks for except --against. Failed checks are recorded in
 * `checks`; `error` is filled for SIM_FAILED: something could not be checked at all (memory, a
 * summary.json of another format). */
int verify_run(const struct verify_config *config, struct checks *checks, char *error);

#endif
