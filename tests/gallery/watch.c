#include "watch.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

size_t input_bytes(struct bufferevent *end)
{
    return evbuffer_get_length(bufferevent_get_input(end));
}

size_t output_bytes(struct bufferevent *end)
{
    return evbuffer_get_length(bufferevent_get_output(end));
}

static void watch_read_callback(struct bufferevent *end, void *arg)
{
    struct watch *watch = arg;

    watch->reads++;
    watch->read_bytes = input_bytes(end);
}

static void watch_write_callback(struct bufferevent *end, void *arg)
{
    (void)end;
    ((struct watch *)arg)->writes++;
}

static void watch_event_callback(struct bufferevent *end, short what, void *arg)
{
    struct watch *watch = arg;

    (void)end;
    watch->events++;
    watch->what = what;
    watch->error = EVUTIL_SOCKET_ERROR();
}

void watch_init(struct watch *watch, struct bufferevent *end)
{
    *watch = (struct watch){0};
    bufferevent_setcb(end, watch_read_callback, watch_write_callback, watch_event_callback, watch);
    bufferevent_enable(end, EV_READ | EV_WRITE);
}

void watch_events(struct watch *watch, struct bufferevent *end)
{
    *watch = (struct watch){0};
    bufferevent_setcb(end, NULL, NULL, watch_event_callback, watch);
    bufferevent_enable(end, EV_READ | EV_WRITE);
}

int write_bytes(struct bufferevent *end, size_t bytes)
{
    static const char zeros[10000];
    int status = 0;

    while (bytes > 0 && status == 0) {
        size_t n = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
        status = bufferevent_write(end, zeros, n);
        bytes -= n;
    }
    return status;
}

const char *event_words(short what)
{
    static const struct {
        short flag;
        const char *word;
    } words[] = {{BEV_EVENT_READING, "READING"}, {BEV_EVENT_WRITING, "WRITING"},
                 {BEV_EVENT_EOF, "EOF"},         {BEV_EVENT_ERROR, "ERROR"},
                 {BEV_EVENT_TIMEOUT, "TIMEOUT"}, {BEV_EVENT_CONNECTED, "CONNECTED"}};
    static char text[64];

    strcpy(text, what ? "" : "none");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t used = strlen(text);
        if (what & words[i].flag)
            snprintf(text + used, sizeof(text) - used, "%s%s", used ? "+" : "", words[i].word);
    }
    return text;
}
