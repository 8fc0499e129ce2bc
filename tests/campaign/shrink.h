/*
 * Makes what fails small: the setting and the trace, step by step, as long as the same property
 * does not hold.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_SHRINK_H
#define SHAPESIM_TESTS_CAMPAIGN_SHRINK_H

#include "tests/campaign/property.h"

/* Looks at most `tries` times. *verdict is that of what is left. */
void shrink(const struct bench *bench, struct setting *setting, struct packet_list *packets,
            int tries, struct verdict *verdict);

#endif
