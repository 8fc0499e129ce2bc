/*
 * A directory that the program writes into, and the files in it that are its own. Every file that
 * the program makes, names or removes in a user's directory goes through here.
 *
 * Only what the program wrote is ever removed. A file is its own if all of this holds:
 * - its name is one that the program gives to files of that kind of directory (with .part behind it
 *   while the file is written);
 * - it is a regular file, reached through no symbolic link below the directory that the user named;
 * - something in the directory says that the program wrote it:
 *     a run       summary.json lists it, or the marker does
 *     a sweep     sweep.json is there, or the marker lists it
 *     a report    index.html is that of a report, or the marker is there
 *     a sweep's run, runs/ID    likewise as a run, or sweep.json is beside runs
 * Anything else of such a name is foreign: one line that names it, SIM_FAILED, and nothing is
 * removed. What has another name stays, and is in nobody's way but in a directory that has to be
 * removed as a whole (DIR.part, DIR/report, runs/ID).
 *
 * The marker is a file called .shapesim, which lists what a run or a sweep has begun to write. It
 * is there while one is at work and after one that was interrupted or killed; a finished directory
 * has none. For example, killed in mid-run, `run -o DIR` leaves
 *
 *     .shapesim  ticks.csv.part  flow_ticks.csv.part  ...
 *
 * and the next `run -o DIR --force` removes exactly the files that .shapesim lists.
 *
 * Two at a time: the directory is locked with flock() while one is at work; a file system without
 * locks goes without.
 */
#ifndef SHAPESIM_SIM_OUTPUT_OWNED_DIRECTORY_H
#define SHAPESIM_SIM_OUTPUT_OWNED_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/sim.h"

#define OWNED_MARKER ".shapesim"
/* What a run that failed says, until it is DIR.error; no user's file is called so. */
#define OWNED_ERROR ".shapesim.error"

enum owned_kind {
    OWNED_RUN,
    OWNED_SWEEP,
    OWNED_REPORT,
    OWNED_REPORT_DATA,
};

struct owned_directory {
    const char *path; /* as messages name it; borrowed as long as it is open */
    enum owned_kind kind;
    int fd;          /* -1: none is open */
    uint32_t parts;  /* a bit for each name whose .part was created since it was opened */
    uint32_t whole;  /* likewise for those that then got their name */
    bool is_marked;  /* the marker was written since */
    bool is_vouched; /* what is above says that all of a known name is its own; set by the caller */
};

/* None is open. */
void owned_directory_init(struct owned_directory *directory);

/* Opens the directory that the user named, who may have named a link to it. 0, or an errno. */
int owned_directory_open(struct owned_directory *directory, enum owned_kind kind, const char *path);

/* Opens the directory `name` in `parent_fd`, never through a link; `path` is for messages. SIM_OK,
 * also where there is none (fd is then -1); SIM_FAILED where it is something else. */
int owned_directory_open_in(struct owned_directory *directory, enum owned_kind kind, int parent_fd,
                            const char *name, const char *path, char *error);

/* Locks it until it is closed, waiting at most `wait_ms`: for one that was killed and is not yet
 * gone. SIM_OK, or SIM_FAILED where another one is at work there. */
int owned_directory_lock(const struct owned_directory *directory, int wait_ms, char *error);

/* Whether it is still what its path names: it may have been removed or renamed by the one that had
 * it locked. */
bool owned_directory_is_current(const struct owned_directory *directory, int parent_fd,
                                const char *name);

/* Whether its summary.json, sweep.json or page is there, and is its own. SIM_OK, or SIM_FAILED
 * where that cannot be read; so does the next. */
int owned_directory_is_own(const struct owned_directory *directory, bool *is_per_flow, char *error);

/* Whether nothing is there, or nothing but the marker. */
int owned_directory_is_empty(const struct owned_directory *directory, bool *is_empty, char *error);

/* SIM_OK, or SIM_FAILED where something foreign is in the way; with `whole`, where anything foreign
 * is there. Changes nothing. */
int owned_directory_check(const struct owned_directory *directory, bool whole, char *error);

/* Checks likewise, and removes what is its own, the marker last; of a sweep only what is not whole,
 * for tables are replaced by their successors. Killed on the way, it goes on the next time. */
int owned_directory_clear(struct owned_directory *directory, bool whole, char *error);

/* Removes the directory `name` in `parent_fd` with what is in it, or nothing where something in it
 * is foreign; that there is none is fine. `path` is for messages. */
int owned_directory_remove(enum owned_kind kind, int parent_fd, const char *name, const char *path,
                           bool is_vouched, char *error);

/* Creates the file `name`.part of a run or a sweep, new, for writing; the marker lists it. 0, or an
 * errno. The caller owns *fd. */
int owned_directory_create(struct owned_directory *directory, const char *name, int *fd);

/* Gives `name`.part its name. 0, or an errno. A file of a run never takes another one's place. */
int owned_directory_commit(struct owned_directory *directory, const char *name);

/* Removes `name`.part. */
void owned_directory_discard(struct owned_directory *directory, const char *name);

/* Writes the marker without a name: all in a new folder of a report is its own. 0, or an errno. */
int owned_directory_mark(struct owned_directory *directory);

/* Removes the marker: what was created is finished, and stays. */
void owned_directory_unmark(struct owned_directory *directory);

/* Removes what was created since the directory was opened, and the marker: after a run that failed.
 * Needs neither memory nor a descriptor. */
void owned_directory_undo(struct owned_directory *directory);

/* Closes it, which unlocks it. */
void owned_directory_close(struct owned_directory *directory);

/* Renames, but takes nobody's place: EEXIST where something has that name. 0, or an errno. */
int owned_rename(int from_fd, const char *from, int to_fd, const char *to);

/* A foreign file in the way, as an error: its path, and what it is. Returns SIM_FAILED. */
int owned_refuse(const char *path, const char *name, const char *what, char *error);

#endif
