#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fixture.h"
#include "shaper/channel/tls_context.h"
#include "watch.h"

#define CONNECTIONS 100

enum { CLIENT, SERVER };

/* A client and a server over a socketpair. */
struct tls {
    struct fixture fixture;
    SSL_CTX *context; /* owned */
    int sockets[2];
    SSL *ssls[2];
    struct bufferevent *ends[2]; /* owned; NULL once freed */
    struct watch watches[2];
};

static const enum bufferevent_ssl_state handshake_states[] = {BUFFEREVENT_SSL_CONNECTING,
                                                              BUFFEREVENT_SSL_ACCEPTING};

static void tls_open(struct tls *tls)
{
    *tls = (struct tls){.context = tls_context_new(SHAPER_TLS_1_3)};
    require(tls->context, "no TLS");
    signal(SIGPIPE, SIG_IGN); /* a client that is done has closed its socket */
    fixture_open(&tls->fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
}

/* New sockets and SSL objects, not yet in a bufferevent. */
static void tls_prepare(struct tls *tls)
{
    fixture_sockets(tls->sockets);
    for (int i = 0; i < 2; i++) {
        tls->ssls[i] = SSL_new(tls->context);
        require(tls->ssls[i], "no SSL object");
    }
}

static void tls_new_end(struct tls *tls, int end, int fd, enum bufferevent_ssl_state state,
                        int options)
{
    tls->ends[end] =
        bufferevent_openssl_socket_new(tls->fixture.base, fd, tls->ssls[end], state, options);
    require(tls->ends[end], "no TLS bufferevent");
    watch_init(&tls->watches[end], tls->ends[end]);
}

static void tls_connect(struct tls *tls, int options)
{
    tls_prepare(tls);
    for (int i = 0; i < 2; i++)
        tls_new_end(tls, i, tls->sockets[i], handshake_states[i], options);
    fixture_settle(&tls->fixture);
}

/* Likewise, with each end over a socket bufferevent. */
static void tls_connect_filters(struct tls *tls, int options)
{
    tls_prepare(tls);
    for (int i = 0; i < 2; i++) {
        struct bufferevent *underlying =
            bufferevent_socket_new(tls->fixture.base, tls->sockets[i], BEV_OPT_CLOSE_ON_FREE);
        require(underlying, "no bufferevent");
        tls->ends[i] = bufferevent_openssl_filter_new(tls->fixture.base, underlying, tls->ssls[i],
                                                      handshake_states[i], options);
        require(tls->ends[i], "no TLS bufferevent");
        watch_init(&tls->watches[i], tls->ends[i]);
    }
    fixture_settle(&tls->fixture);
}

static void tls_free_end(struct tls *tls, int end)
{
    if (tls->ends[end])
        bufferevent_free(tls->ends[end]);
    tls->ends[end] = NULL;
    fixture_settle(&tls->fixture);
}

static void tls_close(struct tls *tls)
{
    tls_free_end(tls, CLIENT);
    tls_free_end(tls, SERVER);
    fixture_close(&tls->fixture);
    tls_context_free(tls->context);
}

/* Allows TLS 1.2 and nothing else, whose sessions the server keeps in its cache. */
static void use_tls_1_2(SSL_CTX *context)
{
    require(SSL_CTX_set_min_proto_version(context, 0) &&
                SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) &&
                SSL_CTX_set_session_id_context(context, (const unsigned char *)"gallery", 7),
            "no TLS 1.2");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

/* --- states and descriptors -------------------------------------------------------------- */

/* Events of client and server after the handshake, and 5 bytes; then of new bufferevents on the
 * same SSL objects, which are open. */
void act_tls_states(void)
{
    struct tls tls;

    tls_open(&tls);
    tls_connect(&tls, 0);
    printf("%s", event_words(tls.watches[CLIENT].what));
    printf(" %s", event_words(tls.watches[SERVER].what));
    write_bytes(tls.ends[CLIENT], 5);
    fixture_settle(&tls.fixture);
    printf(" %zu bytes", input_bytes(tls.ends[SERVER]));
    for (int i = 0; i < 2; i++) {
        tls_free_end(&tls, i);
        tls_new_end(&tls, i, tls.sockets[i], BUFFEREVENT_SSL_OPEN, BEV_OPT_CLOSE_ON_FREE);
    }
    write_bytes(tls.ends[CLIENT], 7);
    fixture_settle(&tls.fixture);
    printf(", open %s", event_words(tls.watches[CLIENT].what));
    printf(" %s", event_words(tls.watches[SERVER].what));
    printf(" %zu bytes\n", input_bytes(tls.ends[SERVER]));
    tls_close(&tls);
}

/* A client whose SSL object has a socket, a server that gets one later: descriptors and events
 * before and after. */
void act_tls_descriptor(void)
{
    struct tls tls;

    tls_open(&tls);
    tls_prepare(&tls);
    SSL_set_fd(tls.ssls[CLIENT], tls.sockets[CLIENT]);
    for (int i = 0; i < 2; i++)
        tls_new_end(&tls, i, -1, handshake_states[i], BEV_OPT_CLOSE_ON_FREE);
    fixture_settle(&tls.fixture);
    printf("client %s",
           bufferevent_getfd(tls.ends[CLIENT]) == tls.sockets[CLIENT] ? "has it" : "none");
    printf(", server %d %s", (int)bufferevent_getfd(tls.ends[SERVER]),
           event_words(tls.watches[SERVER].what));
    printf(", set %d", bufferevent_setfd(tls.ends[SERVER], tls.sockets[SERVER]));
    fixture_settle(&tls.fixture);
    printf(" %s", event_words(tls.watches[CLIENT].what));
    printf(" %s\n", event_words(tls.watches[SERVER].what));
    tls_close(&tls);
}

/* --- the end ----------------------------------------------------------------------------- */

static int freed_ssls;

static void count_freed(void *parent, void *value, CRYPTO_EX_DATA *data, int index, long argl,
                        void *argp)
{
    (void)parent;
    (void)value;
    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    freed_ssls++;
}

/* The client is freed: SSL objects freed with it, its descriptor, the event of the server, and the
 * first error that is pending there before and after. */
static void print_freed(bool as_filter, int options, int allow_dirty_shutdown)
{
    struct tls tls;

    tls_open(&tls);
    (as_filter ? tls_connect_filters : tls_connect)(&tls, options);
    bufferevent_openssl_set_allow_dirty_shutdown(tls.ends[SERVER], allow_dirty_shutdown);
    printf("%d", bufferevent_openssl_get_allow_dirty_shutdown(tls.ends[SERVER]));
    printf(" %lu", bufferevent_get_openssl_error(tls.ends[SERVER]));
    freed_ssls = 0;
    tls_free_end(&tls, CLIENT);
    printf(" freed %d %s", freed_ssls, fixture_descriptor(tls.sockets[CLIENT]));
    printf(" %s", event_words(tls.watches[SERVER].what));
    unsigned long error = bufferevent_get_openssl_error(tls.ends[SERVER]);
    printf(" %s", error ? ERR_reason_error_string(error) : "0");
    tls_free_end(&tls, SERVER);
    for (int i = 0; i < 2 && !(options & BEV_OPT_CLOSE_ON_FREE); i++) {
        SSL_free(tls.ssls[i]);
        close(tls.sockets[i]);
    }
    tls_close(&tls);
}

/* Sockets, with the flag for dirty shutdowns unset and set; filters likewise; without the option.
 */
void act_tls_freed(void)
{
    require(CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, NULL, count_freed) >= 0,
            "no index");
    for (int as_filter = 0; as_filter < 2; as_filter++) {
        for (int flag = 0; flag < 2; flag++) {
            printf("%s ", as_filter ? "filter" : "socket");
            print_freed(as_filter, BEV_OPT_CLOSE_ON_FREE, flag);
            printf(", ");
        }
    }
    printf("kept ");
    print_freed(false, 0, 0);
    printf("\n");
}

/* The SSL object of a TLS bufferevent, and of a pair. */
void act_tls_get_ssl(void)
{
    struct bufferevent *pair[2];
    struct tls tls;

    tls_open(&tls);
    tls_connect(&tls, BEV_OPT_CLOSE_ON_FREE);
    require(bufferevent_pair_new(tls.fixture.base, 0, pair) == 0, "no pair");
    printf("%s",
           bufferevent_openssl_get_ssl(tls.ends[CLIENT]) == tls.ssls[CLIENT] ? "same" : "other");
    printf(" %s\n", bufferevent_openssl_get_ssl(pair[0]) ? "one" : "NULL");
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    tls_close(&tls);
}

/* --- sessions ---------------------------------------------------------------------------- */

/* As in the book: the close-notify is sent, and the one of the other side is not waited for. */
static void shut_down_lazily(SSL *ssl)
{
    SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
    SSL_shutdown(ssl);
}

/* Of connections that offer the session of the one before, how many the server took up again; and
 * events of the client that are no end of file. */
static void print_sessions(bool lazily)
{
    SSL_SESSION *session = NULL;
    struct tls tls;
    int reused = 0, errors = 0;

    tls_open(&tls);
    use_tls_1_2(tls.context);
    for (int i = 0; i < CONNECTIONS; i++) {
        tls_prepare(&tls);
        if (session)
            SSL_set_session(tls.ssls[CLIENT], session);
        for (int end = 0; end < 2; end++)
            tls_new_end(&tls, end, tls.sockets[end], handshake_states[end], BEV_OPT_CLOSE_ON_FREE);
        fixture_settle(&tls.fixture);
        reused += SSL_session_reused(tls.ssls[SERVER]);
        SSL_SESSION_free(session);
        session = SSL_get1_session(tls.ssls[CLIENT]);
        if (lazily)
            shut_down_lazily(tls.ssls[SERVER]);
        tls_free_end(&tls, SERVER);
        errors += !(tls.watches[CLIENT].what & BEV_EVENT_EOF);
        shut_down_lazily(tls.ssls[CLIENT]);
        tls_free_end(&tls, CLIENT);
    }
    printf("%d reused %d errors", reused, errors);
    SSL_SESSION_free(session);
    tls_close(&tls);
}

void act_tls_sessions(void)
{
    printf("freed ");
    print_sessions(false);
    printf(", lazily ");
    print_sessions(true);
    printf("\n");
}

/* The server of an open connection negotiates again: what it returns, events of client and server,
 * 5 bytes afterwards, and handshakes that the server has completed. */
static void print_renegotiated(bool tls_1_2)
{
    struct tls tls;

    tls_open(&tls);
    if (tls_1_2)
        use_tls_1_2(tls.context);
    tls_connect(&tls, BEV_OPT_CLOSE_ON_FREE);
    printf("%s", SSL_get_version(tls.ssls[SERVER]));
    printf(" returns %d", bufferevent_ssl_renegotiate(tls.ends[SERVER]));
    fixture_settle(&tls.fixture);
    write_bytes(tls.ends[CLIENT], 5);
    fixture_settle(&tls.fixture);
    printf(" %d %d events %zu bytes %ld handshakes", tls.watches[CLIENT].events,
           tls.watches[SERVER].events, input_bytes(tls.ends[SERVER]),
           SSL_CTX_sess_accept_good(tls.context));
    tls_close(&tls);
}

static int renegotiate_pair(void)
{
    struct bufferevent *pair[2];
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    require(bufferevent_pair_new(fixture.base, 0, pair) == 0, "no pair");
    int status = bufferevent_ssl_renegotiate(pair[0]);
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    fixture_close(&fixture);
    return status;
}

void act_tls_renegotiate(void)
{
    print_renegotiated(true);
    printf(", ");
    print_renegotiated(false);
    printf(", pair %d\n", renegotiate_pair());
}
