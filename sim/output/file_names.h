/*
 * The names of all files that the program writes into a user's directory. While a file is written,
 * .part follows its name.
 */
#ifndef SHAPESIM_SIM_OUTPUT_FILE_NAMES_H
#define SHAPESIM_SIM_OUTPUT_FILE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The files of a run; the CSV files come first. */
enum run_file {
    RUN_TICKS,
    RUN_FLOW_TICKS,
    RUN_FLOWS,
    RUN_FAIRNESS,
    RUN_BURST,
    RUN_DELAYS,
    RUN_DELAYS_TIME,
    RUN_EVENTS,
    RUN_FILTERS,
    RUN_APPLICATION,
    RUN_EXCHANGES,
    RUN_CSV_FILES,
    RUN_SHAPED = RUN_CSV_FILES,
    RUN_SUMMARY,
    RUN_ERROR,      /* why the run failed; moved to DIR.error */
    RUN_COMPRESSED, /* the CSV files likewise, with FILE_COMPRESSED after their names */
    RUN_FILES = RUN_COMPRESSED + RUN_CSV_FILES
};

/* The files of a sweep, without those of its runs. */
enum sweep_file {
    SWEEP_SETTINGS,
    SWEEP_BY_RUN,
    SWEEP_BY_SETTING,
    SWEEP_BY_FIGURE,
    SWEEP_ADVICE, /* where advise made the sweep; likewise the next */
    SWEEP_TRIED,
    SWEEP_FILES
};

extern const char *const run_file_names[RUN_FILES];
extern const char *const sweep_file_names[SWEEP_FILES];

#define SHAPED_CAPTURE_FILE "shaped.pcap"
#define REPORT_PAGE         "index.html"
#define FILE_PART           ".part"
#define FILE_COMPRESSED     ".zst"

/* Whether the file is compressed. */
bool file_name_is_compressed(const char *name);

/* Whether a report has a figure called by the first `bytes` of `name`. */
bool figure_name_is_known(const char *name, size_t bytes);

/* Whether DIR/report or its folder data may contain a file of that name. */
bool report_file_is_known(const char *name);
bool report_data_file_is_known(const char *name);

#endif
