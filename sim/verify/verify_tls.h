/* The most that TLS charges beyond the bytes that are written. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_TLS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_TLS_H

#include "sim/verify/verification.h"

/* What a handshake takes from a bucket at most, at either end. */
int64_t verify_tls_handshake_bytes(const struct run_config *run);

/* The most that one write may charge with TLS: a record, but a filter above it passes any number of
 * bytes in one write. A loose bound. */
int64_t verify_tls_write_bytes(const struct run_config *run);

#endif
