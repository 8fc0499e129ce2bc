/*
 * What the program asks of its process before anything else, so that what goes wrong later comes
 * back as an error instead of ending it half-way or spoiling a file.
 */
#ifndef SHAPESIM_SIM_PROCESS_H
#define SHAPESIM_SIM_PROCESS_H

#include <signal.h>
#include <sys/types.h>

/* To be called first in main().
 * - Standard input, output and error are open: one that is closed would be the number of the next
 *   file that is opened, and what is printed would end up in it. Reading or writing such a one
 *   fails as before.
 * - A closed pipe (SIGPIPE) and a file that grows above a limit (SIGXFSZ) fail the write.
 * - libevent, OpenSSL and jansson are never refused memory (shaper/memory.h). */
void process_begin(void);

/*
 * INT, TERM and HUP from now on, the last unless it was ignored when the program began (nohup).
 * Whatever a command does, it ends within a second of them, with SIM_INTERRUPTED, which is
 * SIM_HUNG_UP as an exit status where it was HUP:
 * - One that leaves nothing behind ends at once.
 * - Any other one sees *stop set, ends what it does and puts things in order. What waits in the
 *   kernel is interrupted until then, again and again. A command that has not ended, and has not
 *   said that it is about to, after PROCESS_STOP_MS is ended where it stands.
 */
#define PROCESS_STOP_MS 700

void process_end_at_signals(void);
const volatile sig_atomic_t *process_stop_at_signals(void);

/* Adds these signals to a set, for a command that waits for them by itself; which then tells of one
 * that it has taken. */
void process_add_stop_signals(sigset_t *signals);
void process_take_stop_signal(int signal_number);

/* SIM_HUNG_UP or SIM_INTERRUPTED: after the signal that came first. */
int process_stop_status(void);

/* It is putting things in order, and must not be cut short from now on. */
void process_finish(void);

/* What the process removes when it is ended where it stands: a folder that it has made, with files
 * and one level of folders in it. Borrowed until NULL takes its place. */
void process_own_folder(const char *path);

/* A child that these signals end, too, while it runs; 0: none. */
void process_own_child(pid_t child);

/* In a child, before exec(): the signals act as they do elsewhere. */
void process_restore_signals(void);

#endif
