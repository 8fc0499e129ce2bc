#include "sim/verify/verification.h"

#include <stdlib.h>
#include <string.h>

struct verified_group *verify_group(struct verification *verification, const char *name)
{
    for (size_t i = 0; i < verification->group_count; i++)
        if (strcmp(verification->groups[i].name, name) == 0)
            return &verification->groups[i];
    return NULL;
}

struct verified_flow *verify_flow(const struct verification *verification, int64_t number)
{
    struct verified_flow *flow;

    HASH_FIND(hh, verification->flows, &number, sizeof(number), flow);
    return flow;
}

size_t verify_flow_count(const struct verification *verification)
{
    return HASH_COUNT(verification->flows);
}

void *verify_allocate(struct verification *verification, const char *name, size_t count,
                      size_t element_bytes)
{
    void *elements = calloc(count > 0 ? count : 1, element_bytes);

    if (!elements)
        sim_fail(verification->error, SIM_FAILED, "%s: out of memory", name);
    return elements;
}

bool verify_close_may_return(enum verified_close close)
{
    return close == VERIFIED_FIN || close == VERIFIED_RST || close == VERIFIED_SYN;
}
