/*
 * Landlock, which limits what files a process may open from now on, whoever it is. The C library
 * has no functions for it. What is open stays open.
 */
#ifndef SHAPESIM_SIM_BASE_LANDLOCK_H
#define SHAPESIM_SIM_BASE_LANDLOCK_H

#include <stddef.h>

/* What may be done with a file, or with everything below a directory. */
enum landlock_use {
    LANDLOCK_READ,
    LANDLOCK_FILES,  /* read, and make, write, rename and remove files */
    LANDLOCK_RENAME, /* give directories in it other names or remove them, and take files in */
    LANDLOCK_REMOVE, /* remove empty directories in it */
};

struct landlock_rule {
    const char *path; /* borrowed; NULL or of nothing that is there: a rule for nothing */
    enum landlock_use use;
};

/* The version of the kernel's interface, from 1; 0: it has no Landlock, or it is switched off. */
int landlock_abi(void);

/* Nothing is allowed but by the rules: no file elsewhere, no program, and, where the kernel can
 * tell, no connection and no signal to others. For good, and for what it starts. 0, or -1 with
 * errno, and *failed is the path that it was about, or NULL. The process must have given up getting
 * privileges (PR_SET_NO_NEW_PRIVS). */
int landlock_restrict(const struct landlock_rule *rules, size_t count, const char **failed);

#endif
