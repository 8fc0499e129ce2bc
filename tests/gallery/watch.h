/*
 * Counts what a bufferevent's callbacks are told; nothing is taken out of its input.
 *
 *     watch_init(&watch, end);               sets the callbacks, enables both directions
 *     bufferevent_write(partner, "a", 1);
 *     fixture_settle(&fixture);              watch.reads is 1
 */
#ifndef SHAPESIM_TESTS_GALLERY_WATCH_H
#define SHAPESIM_TESTS_GALLERY_WATCH_H

#include <stddef.h>

#include <event2/bufferevent.h>

struct watch {
    int reads;         /* calls of the read callback */
    int writes;        /* and of the write callback */
    int events;        /* and of the event callback */
    short what;        /* flags of the last event */
    int error;         /* errno in it */
    size_t read_bytes; /* what the last read callback found in the input */
};

/* The watch lives as long as the bufferevent. */
void watch_init(struct watch *watch, struct bufferevent *end);

/* Likewise, without callbacks for data. */
void watch_events(struct watch *watch, struct bufferevent *end);

/* Bytes in the buffers of a bufferevent. */
size_t input_bytes(struct bufferevent *end);
size_t output_bytes(struct bufferevent *end);

/* Appends that many bytes to the output, and returns what libevent returns. */
int write_bytes(struct bufferevent *end, size_t bytes);

/* The flags of an event in words, with + between them: "CONNECTED", "READING+EOF"; "none" for 0.
 * Valid until the next call. */
const char *event_words(short what);

#endif
