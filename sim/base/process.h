/*
 * What the program asks of its process before anything else, so that what goes wrong later comes
 * back as an error instead of ending it half-way or spoiling a file.
 */
#ifndef SHAPESIM_SIM_BASE_PROCESS_H
#define SHAPESIM_SIM_BASE_PROCESS_H

/* To be called first in main().
 * - Standard input, output and error are open: one that is closed would be the number of the next
 *   file that is opened, and what is printed would end up in it. Reading or writing such a one
 *   fails as before.
 * - A closed pipe (SIGPIPE) and a file that grows above a limit (SIGXFSZ) fail the write.
 * - libevent, OpenSSL and jansson are never refused memory (shaper/libevent/memory.h). */
void process_begin(void);

/* In a child, before exec(): the signals act as they do elsewhere. */
void process_restore_signals(void);

#endif
