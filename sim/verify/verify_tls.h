/* The most that TLS charges beyond the bytes that are written. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_TLS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_TLS_H

#include "shaper/limit.h"
#include "sim/verify/verification.h"

/* What one TLS record takes from a bucket at most, and a handshake at either end. */
#define TLS_RECORD_BYTES    (SHAPER_RECORD_MAX_BYTES + SHAPER_RECORD_OVERHEAD_BYTES)
#define TLS_HANDSHAKE_BYTES 565

/* The most that one write may charge with TLS: a record, but a filter above it passes any number of
 * bytes in one write. A loose bound. */
int64_t verify_tls_write_bytes(const struct run_config *run);

#endif
