/* How flows.csv writes the ends of a flow. */
#ifndef SHAPESIM_SIM_VERIFY_ENDPOINTS_H
#define SHAPESIM_SIM_VERIFY_ENDPOINTS_H

#include <stdbool.h>

/* A protocol's name or its number. */
bool endpoint_is_protocol(const char *text);

/* An IPv4 or IPv6 address. */
bool endpoint_is_address(const char *text);

#endif
