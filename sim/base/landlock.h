/*
 * Landlock, which limits the files that a process may open from now on, whatever its user. The C
 * library has no functions for it. Open files stay open.
 */
#ifndef SHAPESIM_SIM_BASE_LANDLOCK_H
#define SHAPESIM_SIM_BASE_LANDLOCK_H

#include <stddef.h>

/* What is allowed for a file, or for everything below a directory. */
enum landlock_use {
    LANDLOCK_READ,
    LANDLOCK_FILES,  /* read, and make, write, rename and remove files */
    LANDLOCK_RENAME, /* rename or remove directories in it, and move files into it */
    LANDLOCK_REMOVE, /* remove empty directories in it */
};

struct landlock_rule {
    const char *path; /* borrowed; NULL or a missing path: the rule has no effect */
    enum landlock_use use;
};

/* The version of the kernel's interface, from 1; 0: Landlock is missing or switched off. */
int landlock_abi(void);

/* Only what the rules allow: no other file, no program, and, where the kernel supports it, no
 * connection and no signal to others. Permanent, also for child processes. 0, or -1 with errno, and
 * *failed is the path concerned, or NULL. The process must have set PR_SET_NO_NEW_PRIVS. */
int landlock_restrict(const struct landlock_rule *rules, size_t count, const char **failed);

#endif
