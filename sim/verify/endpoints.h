/* How flows.csv writes the ends of a flow. */
#ifndef SHAPESIM_SIM_VERIFY_ENDPOINTS_H
#define SHAPESIM_SIM_VERIFY_ENDPOINTS_H

#include <stdbool.h>
#include <stdint.h>

/* A protocol's name or its number. */
bool endpoint_is_protocol(const char *text);

/* An IPv4 or IPv6 address: its version, 4 or 6, and its bytes in `address`, which has 16; 0: it is
 * neither. */
uint8_t endpoint_address(const char *text, uint8_t *address);

#endif
