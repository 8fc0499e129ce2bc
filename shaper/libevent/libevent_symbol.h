/* libevent's own function where this program defines one of the same name. */
#ifndef SHAPESIM_SHAPER_LIBEVENT_ORIGINAL_H
#define SHAPESIM_SHAPER_LIBEVENT_ORIGINAL_H

/* Stores the function called `name` in *function, a pointer to a function pointer. The linker found
 * it in libevent, so it is there at run time: else the program aborts. */
void libevent_symbol(const char *name, void *function);

#endif
