/*
 * A finished run of two flows in three ticks, small enough to be followed by hand, for tests that
 * change one number of it. Its files are in two_flows/, as shapesim run leaves them for
 *
 *     --rate 100B/tick --burst 200 --tick 100ms --min-share 50 --flow-ticks all
 *     --at 150ms:group=all,decrement-read=30 --replay open
 *
 * and two UDP flows whose initiators send 150 B at 0 s and 80 B at 0.02 s, and are answered with
 * 40 B at 0.06 s and 50 B at 0.12 s. To the responders, in each tick:
 *
 *     tick  bucket  flow 1       flow 2     taken by --at  bucket
 *     0     100     100, 50 wait 80 wait                   0
 *     1     100      50          50         30             -30
 *     2      70                  30                        40
 */
#ifndef SHAPESIM_TESTS_SIM_VERIFY_TWO_FLOWS_H
#define SHAPESIM_TESTS_SIM_VERIFY_TWO_FLOWS_H

#include <stddef.h>

#include "sim/verify/checks.h"

struct two_flows_case {
    const char *file;
    const char *from, *to; /* the text is once in the file, and is changed */
    enum check check;      /* fails, with this message */
    const char *message;
};

/* Nothing is wrong with the run as it is; each change, made alone, is found. */
void two_flows_expect(const struct two_flows_case *cases, size_t count);

#endif
