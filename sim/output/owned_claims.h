/*
 * What in a directory shows which files the program wrote (owned_directory.h has the rules):
 * summary.json, sweep.json, the page of a report, and the marker, which is read and written here.
 */
#ifndef SHAPESIM_SIM_OUTPUT_OWNED_CLAIMS_H
#define SHAPESIM_SIM_OUTPUT_OWNED_CLAIMS_H

#include <stdbool.h>
#include <sys/stat.h>

#include <jansson.h>

#include "sim/output/owned_names.h"

#define OWNED_MARKER ".shapesim"
#define OWNED_MARKER_HEAD                                                                       \
    "shapesim writes the files named below, or was ended while it did. Its next run into this " \
    "directory removes them.\n"
#define OWNED_NAME_ROOM   64   /* a name of the table with .part and a zero */
#define OWNED_MARKER_ROOM 4096 /* every name of the table, some of them twice */

/* Embedded by value. */
struct owned_claims {
    enum owned_kind kind;
    bool has_marker;
    bool has_foreign_marker;
    char marker[OWNED_MARKER_ROOM]; /* a newline, then the names, each followed by a newline */
    bool is_ours;                   /* by summary.json, sweep.json or index.html */
    json_t *files;                  /* those of summary.json; borrowed from `root` */
    json_t *root;
};

/* Reads them from the open directory; `path` is for messages. SIM_OK, or SIM_FAILED if a file
 * cannot be read or the marker is foreign. The caller frees in any case. */
int owned_claims_read(struct owned_claims *claims, enum owned_kind kind, int fd, const char *path,
                      char *error);
void owned_claims_free(struct owned_claims *claims);

/* Whether they show that the program wrote this regular file of a known name. */
bool owned_claims_have(const struct owned_claims *claims, const char *name,
                       const struct stat *found);

/* Adds lines to the directory's marker, which is new or was checked; *is_marked is set once it
 * exists. 0, or an errno. */
int owned_marker_add(int directory_fd, const char *lines, bool *is_marked);

#endif
