/*
 * What holds for every setting and trace, and looking whether it does.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_PROPERTY_H
#define SHAPESIM_TESTS_CAMPAIGN_PROPERTY_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/campaign/packet_list.h"
#include "tests/campaign/run.h"
#include "tests/campaign/setting.h"

enum property {
    PROPERTY_STATUS,  /* it is done, refused in one line, or fails for a reason that is true */
    PROPERTY_ENDS,    /* within a bound of processor time */
    PROPERTY_CHECKER, /* tests/program/check_run.c accepts its files */
    PROPERTY_VERIFY,  /* so does `shapesim verify` */
    PROPERTY_AGAIN,   /* a second run has the same files */
    PROPERTY_SOCKET,  /* so has one on sockets, where sim/README.md promises it */
    PROPERTY_OFFERED, /* each flow is offered what it is without any limit, and delivered it */
    PROPERTY_TERM,    /* a TERM ends it, and leaves whole files or .part files */
    PROPERTIES
};

extern const char *const property_names[PROPERTIES];

#define PROPERTY_BIT(property) (1U << (property))
#define PROPERTY_ALL           (PROPERTY_BIT(PROPERTIES) - 1)

/* Where and with what to look. */
struct bench {
    const char *directory;           /* for what runs write; borrowed */
    const char *check_run, *packets; /* paths of these programs */
    int64_t kernel_buffer_bytes;     /* what a socket's buffer holds */
};

/* What came of it. */
struct verdict {
    bool failed;
    enum property property;     /* that does not hold */
    char text[RUN_ERROR_BYTES]; /* and how it shows */
    bool refused, broken;       /* misuse; failed for a true reason */
    unsigned looked_at;         /* PROPERTY_BITs */
};

/* What a socket's buffer in the kernel holds on this machine, as the channels ask for it. */
int64_t bench_kernel_buffer_bytes(void);

/* Whether sim/README.md promises that sockets give the same files. */
bool property_promises_socket(const struct bench *bench, const struct setting *setting,
                              const struct packet_list *packets);

/* Looks at the properties in `wanted` (PROPERTY_BITs), until one does not hold. */
void property_check(const struct bench *bench, const struct setting *setting,
                    const struct packet_list *packets, unsigned wanted, struct verdict *verdict);

#endif
