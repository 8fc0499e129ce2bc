/*
 * What the TLS ends of one shaper share: one SSL_CTX with a self-signed certificate, made in
 * memory.
 *
 * Only lengths matter to a simulation, and every length is fixed: one version of TLS, one cipher
 * (TLS_AES_128_GCM_SHA256, or ECDHE-ECDSA-AES128-GCM-SHA256 of TLS 1.2), one group (X25519), one
 * kind of signature (Ed25519, always 64 bytes), fixed dates, no session is resumed, nothing is
 * negotiated again, no configuration file of the system. Keys are random in each run and appear in
 * no output.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_TLS_CONTEXT_H
#define SHAPESIM_SHAPER_CHANNEL_TLS_CONTEXT_H

#include "shaper/channel.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/* Makes one, with certificate and key. The caller owns the result and frees it with
 * tls_context_free(), which may be before the last SSL made from it. NULL on allocation failure, or
 * if this OpenSSL lacks what is fixed above. */
struct ssl_ctx_st *tls_context_new(enum shaper_tls_version version);
void tls_context_free(struct ssl_ctx_st *context);

#endif
