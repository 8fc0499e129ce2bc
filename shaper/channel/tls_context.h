/*
 * What the TLS ends of one shaper share: one SSL_CTX with a self-signed certificate, made in
 * memory.
 *
 * Only lengths matter to a simulation, and every length is fixed: TLS 1.3 alone, one cipher
 * (TLS_AES_128_GCM_SHA256), one group (X25519), one kind of signature (Ed25519, always 64 bytes),
 * fixed dates, no session tickets, no configuration file of the system. Keys are random in each run
 * and appear in no output.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_TLS_CONTEXT_H
#define SHAPESIM_SHAPER_CHANNEL_TLS_CONTEXT_H

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/* Makes one, with certificate and key. The caller owns the result and frees it with
 * tls_context_free(), which may be before the last SSL made from it. NULL on allocation failure, or
 * if this OpenSSL lacks what is fixed above. */
struct ssl_ctx_st *tls_context_new(void);
void tls_context_free(struct ssl_ctx_st *context);

#endif
