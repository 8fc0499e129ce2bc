/*
 * libevent's event base as a replay needs it: epoll, no environment variables, no locks, and one
 * priority per step in the order of an instant (shaper.h).
 */
#ifndef SHAPESIM_SIM_CLOCK_LOOP_H
#define SHAPESIM_SIM_CLOCK_LOOP_H

struct event_base;

/* The caller frees it with event_base_free(). NULL, with errno set, if the process has no
 * descriptors for it (libevent itself would end the program), no memory (ENOMEM), or libevent no
 * epoll (ENOSYS). */
struct event_base *loop_new(void);

/* Reports why, with the way out; returns SIM_FAILED. */
int loop_new_failed(char *error);

/* Runs the loop until event_base_loopbreak(), whether or not any event is pending. */
void loop_run(struct event_base *base);

#endif
