/*
 * What runs leave in their directories.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_FILES_H
#define SHAPESIM_TESTS_CAMPAIGN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_DIFFERENCE_BYTES 1600

/* Sums over flows.csv. */
struct flow_sums {
    int64_t offered_bytes;
};

/* Removes a directory of files; one that is not there is fine. */
void files_remove(const char *directory);

/* Whether two directories have the same files with the same bytes, the command in summary.json
 * apart; *difference: the first file and line that is not the same. */
bool files_same(const char *directory, const char *other, char difference[FILES_DIFFERENCE_BYTES]);

/* Whether the flows of both were offered the same in the same number of packets, and all of it
 * delivered, unless libevent reported a false end of file. Sums up the first. */
bool files_same_flows(const char *directory, const char *other, struct flow_sums *sums,
                      char difference[FILES_DIFFERENCE_BYTES]);

/* Whether the run ended as nothing was left to do. */
bool files_drained(const char *directory);

/* Whether no file but *.part is there; else *name is one. */
bool files_are_parts(const char *directory, char name[64]);

#endif
