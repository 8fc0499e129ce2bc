/* BPF expressions on a capture's packets. */
#ifndef SHAPESIM_TRACES_CAPTURE_FILTER_H
#define SHAPESIM_TRACES_CAPTURE_FILTER_H

#include <stdbool.h>

#include "traces/capture.h"

struct capture_filter;

/* Compiles a BPF expression for the capture's link types; `what` names it in the error (a flag or
 * a key). The caller owns *filter, frees it with capture_filter_free(). */
int capture_filter_compile(struct capture *capture, const char *what, const char *expression,
                           struct capture_filter **filter, char *error);

/* False for a packet of a link type that the capture did not have when it was compiled. */
bool capture_filter_matches(const struct capture_filter *filter,
                            const struct capture_packet *packet);

void capture_filter_free(struct capture_filter *filter);

#endif
