#include "shaper/channel/tls_context.h"

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;

    if (certificate && X509_set_version(certificate, X509_VERSION_3) &&
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
        ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z") &&
        ASN1_TIME_set_string(X509_getm_notAfter(certificate), "20491231235959Z") &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"shapesim", -1,
                                   -1, 0) &&
        X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
        X509_sign(certificate, key, NULL))
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* Nothing is authenticated: dates and chains, which are checked against the time, are ignored. */
static int accept_certificate(X509_STORE_CTX *store, void *arg)
{
    (void)store;
    (void)arg;
    return 1;
}

const struct shaper_tls_lengths *shaper_tls_lengths(enum shaper_tls_version version)
{
    static const struct shaper_tls_lengths lengths[] = {
        [SHAPER_TLS_1_3] = {.client_handshake_bytes = 241,
                            .server_handshake_bytes = 565,
                            .record_overhead_bytes = 22,
                            .close_notify_bytes = 24},
        [SHAPER_TLS_1_2] = {.client_handshake_bytes = 179,
                            .server_handshake_bytes = 471,
                            .record_overhead_bytes = 29,
                            .close_notify_bytes = 31},
    };

    return &lengths[version];
}

static bool set_up(SSL_CTX *context, int version, X509 *certificate, EVP_PKEY *key)
{
    if (version == TLS1_2_VERSION)
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* an idle flow keeps no buffer for a
                                                          * record */
    SSL_CTX_set_cert_verify_callback(context, accept_certificate, NULL);
    return SSL_CTX_set_min_proto_version(context, version) &&
           SSL_CTX_set_max_proto_version(context, version) &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") &&
           SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") &&
           SSL_CTX_set1_groups_list(context, "X25519") &&
           SSL_CTX_set1_sigalgs_list(context, "ed25519") && SSL_CTX_set_num_tickets(context, 0) &&
           SSL_CTX_use_certificate(context, certificate) && SSL_CTX_use_PrivateKey(context, key);
}

struct ssl_ctx_st *tls_context_new(enum shaper_tls_version version)
{
    SSL_CTX *context = NULL;

    /* Before any other use of OpenSSL: openssl.cnf may change the bytes of a handshake. */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = key ? new_certificate(key) : NULL;
    if (certificate)
        context = SSL_CTX_new(TLS_method());
    if (context && !set_up(context, version == SHAPER_TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION,
                           certificate, key)) {
        SSL_CTX_free(context);
        context = NULL;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

void tls_context_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}
