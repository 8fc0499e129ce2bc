/*
 * What the program sets up in its process before anything else, so that later failures are returned
 * as errors instead of ending it midway or damaging a file.
 */
#ifndef SHAPESIM_SIM_BASE_PROCESS_H
#define SHAPESIM_SIM_BASE_PROCESS_H

#include <signal.h>
#include <sys/types.h>

/* To be called first in main().
 * - Standard input, output and error are open: a closed one would give its number to the next file
 *   that is opened, which would then receive what is printed. Reading or writing it still fails.
 * - A closed pipe (SIGPIPE) and a file that grows above a limit (SIGXFSZ) fail the write.
 * - libevent, OpenSSL and jansson see no allocation failure (shaper/libevent/memory.h). */
void process_begin(void);

/*
 * Handles INT, TERM and HUP from now on, the last unless it was ignored at the start (nohup).
 * Whatever a command does, it ends within a second of them, with SIM_INTERRUPTED, which is
 * SIM_HUNG_UP as an exit status where it was HUP:
 * - A command that leaves no files ends at once.
 * - Any other one sees *stop set, stops working and cleans up. Its waits in the kernel are
 *   interrupted repeatedly until then. A command that has neither ended nor called process_finish()
 *   after PROCESS_STOP_MS is ended at that point.
 */
#define PROCESS_STOP_MS 700

void process_end_at_signals(void);
const volatile sig_atomic_t *process_stop_at_signals(void);

/* Adds these signals to a set, for a command that waits for them itself, and then reports a
 * received one with process_take_stop_signal(). */
void process_add_stop_signals(sigset_t *signals);
void process_take_stop_signal(int signal_number);

/* A write failed with this errno, which is returned. That the disk, or the user's part of it, is
 * full is remembered for process_failure_status(). */
int process_note_failure(int failure);

/* What the processes of a sweep have as their own name, argv[0]: a run that reads its trace; one
 * that takes the trace's events from the recording open as PROCESS_RECORDING_FD; and one that does
 * not replay them, but writes that recording. */
#define PROCESS_SWEEP_RUN    "shapesim-sweep-run"
#define PROCESS_SHARING_RUN  "shapesim-sweep-sharing-run"
#define PROCESS_RECORDER     "shapesim-sweep-recorder"
#define PROCESS_RECORDING_FD 3

/* The exit status of a program called `name` that has failed: SIM_FAILED, but SIM_DISK_FULL for the
 * run of a sweep if that is why. No message says it: it may quote any name. */
int process_failure_status(const char *name);

/* SIM_HUNG_UP or SIM_INTERRUPTED: by the signal that arrived first. */
int process_stop_status(void);

/* The command is cleaning up, and must not be ended from now on. */
void process_finish(void);

/* What is removed when the process is ended midway: a folder that it has made, with files and one
 * level of folders in it. Borrowed, valid until replaced, by NULL for none. */
void process_own_folder(const char *path);

/* The descriptors of a file that another process keeps (kept_file.h), -1 for none: it has removed
 * the file when, after the first is closed, the second has ended. */
void process_own_kept_file(int tell_fd, int told_fd);

/* A child that these signals also end while it runs; 0: none. */
void process_own_child(pid_t child);

/* In a child, before exec(): restores the default actions of the signals. */
void process_restore_signals(void);

#endif
