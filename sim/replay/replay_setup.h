/* The inputs and outputs of a replay besides its trace. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_SETUP_H
#define SHAPESIM_SIM_REPLAY_REPLAY_SETUP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/account/due_times.h"
#include "sim/account/response_ends.h"
#include "sim/output/record.h"
#include "sim/replay/flow_ranking.h"

/* All borrowed until replay_free(). */
struct replay_setup {
    const struct flow_ranking *ranking; /* of flow_ticks.csv; NULL: no first pass was made */
    const struct flow_ranking *exchange_ranking; /* likewise, of exchanges.csv */
    const struct response_ends *response_ends;   /* NULL: filters see no ends of responses */
    struct due_times *due_times;                 /* when packets are due is kept, or compared; NULL:
                                                  * neither */
    struct record *record;                       /* NULL: no files */
    bool measures;                     /* fairness and bursts, even without files: they will be
                                        * printed */
    const volatile sig_atomic_t *stop; /* when set, the replay ends at the next instant */
    void (*progress)(void *arg, int64_t now_us, uint64_t open_flows); /* NULL: none */
    void *progress_arg;
};

#endif
