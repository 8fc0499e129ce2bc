/* What a kind of filter implements; filter_chain.c connects it to libevent's filters. */
#ifndef SHAPESIM_SHAPER_FILTERS_FILTER_INTERNAL_H
#define SHAPESIM_SHAPER_FILTERS_FILTER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>

#include "shaper/filter.h"

struct evbuffer;
struct shaper;

/* What an encoder or decoder returns that the program's own callbacks have failed. */
#define FILTER_BROKEN (-2)

/* The arguments of one half of a filter: of one direction, at the sending or the receiving end. */
struct filter_setup {
    const struct shaper_filter *filter; /* borrowed, valid as long as the half */
    struct shaper *shaper;
    enum shaper_direction direction;
    bool from_responder; /* the direction: who sends */
    bool is_sender;      /* the half */
    /* Passes on what an encoder could not pass on when it received it; empties `bytes`. */
    void (*emit)(void *arg, struct evbuffer *bytes);
    void *emit_arg;
};

struct filter_ops {
    /* Both are freed with their own function; NULL on allocation failure. */
    void *(*encoder_new)(const struct filter_setup *setup);
    void *(*decoder_new)(const struct filter_setup *setup);
    void (*encoder_free)(void *encoder);
    void (*decoder_free)(void *decoder);
    /* Takes all of `from` and appends the result to `to`; with BEV_FINISHED the stream ends. 0, -1
     * on allocation failure, or FILTER_BROKEN. */
    int (*encode)(void *encoder, struct evbuffer *from, struct evbuffer *to,
                  enum bufferevent_flush_mode mode);
    /* A response ends after `end_bytes` of all that is encoded, which may still have to come;
     * appends what that lets pass to `to`. 0, or -1 on allocation failure; NULL: it makes no
     * difference. */
    int (*end_response)(void *encoder, uint64_t end_bytes, struct evbuffer *to);
    /* Decodes; takes all of `from`. 0, -1 for bytes that no encoder has made or on allocation
     * failure, or FILTER_BROKEN. */
    int (*decode)(void *decoder, struct evbuffer *from, struct evbuffer *to);
    /* Bytes that an encoder has received and not passed on; NULL: always 0. */
    uint64_t (*held_bytes)(const void *encoder);
};

extern const struct filter_ops filter_overhead_ops;
extern const struct filter_ops filter_deflate_ops;
extern const struct filter_ops filter_ratelimit_ops;
extern const struct filter_ops filter_hook_ops;

#endif
