/*
 * The privileges that a command gives up before it reads untrusted data: a capture, or the files of
 * a run. A fault in the code that reads it (libpcap, zlib, jansson, this program) then gains an
 * attacker nothing: the process cannot open connections, start programs, or open other files.
 *
 * Two mechanisms of the kernel, both permanent:
 * - seccomp allows the system calls that a run makes, by a list. One that starts a program, opens a
 *   connection, or meddles with other processes or the system kills the process: no command does
 *   that. Any other call fails with EPERM: libraries try some and continue without. A killed
 *   process leaves its .part files, as after SIGKILL.
 * - Landlock (sim/base/landlock.h), where the kernel has it, allows only files below some
 *   directories. Without it any file of the user can be opened, but only for reading if the command
 *   writes nothing.
 *
 * All files elsewhere are opened before, and all filters compiled, which takes a process. Not for
 * processes with more than one thread. Not in builds with sanitizers or coverage.
 */
#ifndef SHAPESIM_SIM_BASE_SANDBOX_H
#define SHAPESIM_SIM_BASE_SANDBOX_H

#include <stddef.h>

#include "sim/base/sim.h"

#define SANDBOX_TEXT_BYTES 96

/* Paths are borrowed; NULL: none. */
struct sandbox {
    const char *reads[2];  /* read below these */
    const char *directory; /* files in it may be made, written, renamed and removed */
    const char *part;      /* a directory, which may be renamed to names next to it, and its error
                            * file */
    const char *made;      /* this one, and those below it, may be removed when empty */
    int has_threads;
    int has_socket_pairs;
};

/* SIM_FAILED if the kernel could not do it for lack of memory, descriptors or processes;
 * SIM_INTERRUPTED if a signal arrived meanwhile. The filter of system calls is made in a child
 * (traces/child_process.h). */
int sandbox_enter(const struct sandbox *sandbox, char *error);

/* Which of these this kernel and this build have, in words. */
void sandbox_describe(char text[SANDBOX_TEXT_BYTES]);

#endif
