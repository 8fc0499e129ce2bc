/*
 * What a command gives up before it reads what a stranger has made: a capture, or the files of a
 * run. A fault in what reads it (libpcap, zlib, jansson, ourselves) then gains nothing: whoever
 * gets hold of the process cannot connect to anything, start anything, or open files elsewhere.
 *
 * Two of the kernel's means, both for good:
 * - seccomp allows the system calls that a run makes, by a list. One that starts a program, opens a
 *   connection, or meddles with other processes or the system kills the process: nothing here does
 *   that. Any other fails with EPERM: libraries try things, and go on without. What is killed
 * leaves its .part files, as after SIGKILL.
 * - Landlock (sim/landlock.h), where the kernel has it, allows files below some directories alone.
 *   Without it files can be opened wherever the user may, if only for reading where nothing is to
 * be written.
 *
 * All files that lie elsewhere are open before, and all filters compiled: that takes a process. Not
 * for processes with more than one thread. A build for sanitizers or coverage goes without.
 */
#ifndef SHAPESIM_SIM_SANDBOX_H
#define SHAPESIM_SIM_SANDBOX_H

#include <stddef.h>

#include "sim/sim.h"

#define SANDBOX_TEXT_BYTES 96

/* Paths are borrowed; NULL: none. */
struct sandbox {
    const char *reads[2];  /* read below these */
    const char *directory; /* files in it are made, written, renamed and removed */
    const char *part; /* a directory, next to which it gets other names, and its error a file */
    const char *made; /* this one, or one below, is removed when it is empty */
    int has_threads;
    int has_socket_pairs;
};

/* SIM_FAILED where the kernel could not do it for want of memory or descriptors. */
int sandbox_enter(const struct sandbox *sandbox, char *error);

/* What of it this kernel and this build have, in words. */
void sandbox_describe(char text[SANDBOX_TEXT_BYTES]);

#endif
