/*
 * A directory that the program writes into, and the files in it that it owns. Every file that the
 * program makes, names or removes in a user's directory goes through here.
 *
 * Only what the program wrote is ever removed. A file is its own if all of this holds:
 * - its name is one that the program gives to files of that kind of directory (followed by .part
 *   while the file is written);
 * - it is a regular file, reached through no symbolic link below the directory that the user named;
 * - something in the directory shows that the program wrote it:
 *     a run       summary.json lists it, or the marker does
 *     a sweep     sweep.json is there, or the marker lists it
 *     a report    index.html is that of a report, or the marker is there
 *     a sweep's run, runs/ID    likewise as a run, or sweep.json is beside runs
 * Anything else of such a name is foreign: an error that names it, SIM_FAILED, and nothing is
 * removed. A file of any other name stays, and is an obstacle only in a directory that has to be
 * removed as a whole (DIR.part, DIR/report, runs/ID).
 *
 * The marker is a file called .shapesim, which lists what a run or a sweep has begun to write. It
 * exists during a run or a sweep and after one that was interrupted or killed; a finished directory
 * has none. For example, a killed `run -o DIR` leaves
 *
 *     .shapesim  ticks.csv.part  flow_ticks.csv.part  ...
 *
 * and the next `run -o DIR --force` removes exactly the files that .shapesim lists.
 *
 * The directory is locked with flock() while it is in use; on a file system without locks it is
 * not.
 */
#ifndef SHAPESIM_SIM_OUTPUT_OWNED_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_OWNED_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/sim.h"
#include "sim/output/owned_claims.h"

struct owned_directory {
    const char *path; /* as messages name it; borrowed, valid as long as it is open */
    enum owned_kind kind;
    int fd;          /* -1: none is open */
    uint32_t parts;  /* a bit for each name whose .part was created since it was opened */
    uint32_t whole;  /* likewise for those that were then renamed to their final name */
    bool is_marked;  /* the marker has been written since */
    bool is_vouched; /* a parent shows that all files of known names are the program's; set by the
                      * caller */
};

/* Initialises it; no directory is open. */
void owned_directory_init(struct owned_directory *directory);

/* Opens the directory that the user named, which may be a link. 0, or an errno. */
int owned_directory_open(struct owned_directory *directory, enum owned_kind kind, const char *path);

/* Opens the directory `name` in `parent_fd`, following no link; `path` is for messages. SIM_OK,
 * also if there is none (fd is then -1); SIM_FAILED if it is something else. */
int owned_directory_open_in(struct owned_directory *directory, enum owned_kind kind, int parent_fd,
                            const char *name, const char *path, char *error);

/* Locks it until it is closed, waiting at most `wait_ms`: for a killed process that has not yet
 * ended. SIM_OK, or SIM_FAILED if another process has the lock. */
int owned_directory_lock(const struct owned_directory *directory, int wait_ms, char *error);

/* Whether its path still names it: the previous holder of the lock may have removed or renamed
 * it. */
bool owned_directory_is_current(const struct owned_directory *directory, int parent_fd,
                                const char *name);

/* Whether its summary.json, sweep.json or page exists and is the program's. SIM_OK, or SIM_FAILED
 * if that cannot be read; likewise the next. */
int owned_directory_is_own(const struct owned_directory *directory, bool *is_own, char *error);

/* Whether it is empty except for the marker. */
int owned_directory_is_empty(const struct owned_directory *directory, bool *is_empty, char *error);

/* SIM_OK, or SIM_FAILED if something foreign prevents its use; with `whole`, if there is anything
 * foreign in it. Changes nothing. */
int owned_directory_check(const struct owned_directory *directory, bool whole, char *error);

/* Checks likewise, and removes what the program wrote, the marker last; of a sweep only incomplete
 * files, as tables are replaced by their successors. If it is killed, the next call continues. */
int owned_directory_clear(struct owned_directory *directory, bool whole, char *error);

/* Removes the directory `name` in `parent_fd` with its contents, or nothing if something in it is
 * foreign; it may be missing. `path` is for messages. */
int owned_directory_remove(enum owned_kind kind, int parent_fd, const char *name, const char *path,
                           bool is_vouched, char *error);

/* Creates the file `name`.part of a run or a sweep, which must not exist, for writing; the marker
 * lists it. 0, or an errno. The caller owns *fd. */
int owned_directory_create(struct owned_directory *directory, const char *name, int *fd);

/* Renames `name`.part to `name`. 0, or an errno. A file of a run never replaces another one. */
int owned_directory_commit(struct owned_directory *directory, const char *name);

/* Removes `name`.part. */
void owned_directory_discard(struct owned_directory *directory, const char *name);

/* Writes the marker without names: everything in a new report folder is the program's. 0, or an
 * errno. */
int owned_directory_mark(struct owned_directory *directory);

/* Removes the marker: the files are complete, and stay. */
void owned_directory_unmark(struct owned_directory *directory);

/* Removes the files created since the directory was opened, and the marker: after a run that
 * failed. Needs neither memory nor a descriptor. */
void owned_directory_undo(struct owned_directory *directory);

/* Closes it, which unlocks it. */
void owned_directory_close(struct owned_directory *directory);

/* Renames without replacing: EEXIST if something has that name. 0, or an errno. */
int owned_rename(int from_fd, const char *from, int to_fd, const char *to);

#endif
