/*
 * libevent's event base as a replay needs it: epoll, no environment variables, no locks, and as
 * many priorities as the written order of an instant has steps.
 */
#ifndef SHAPESIM_SIM_CLOCK_LOOP_H
#define SHAPESIM_SIM_CLOCK_LOOP_H

struct event_base;

/* The caller frees it with event_base_free(); NULL if libevent has no epoll or no memory. */
struct event_base *loop_new(void);

/* Runs the loop until event_base_loopbreak(), whether or not any event is pending. */
void loop_run(struct event_base *base);

#endif
