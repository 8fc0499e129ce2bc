/*
 * The report of a finished run or sweep: `shapesim report DIR`. C reads DIR's files in one pass
 * each, reduces them to the resolution of the picture (to the least and the most in each of its
 * columns, never by dropping rows), and writes small files of data; the gnuplot scripts under
 * plots/ draw them. DIR's own files are never changed; everything is written to DIR/report.part,
 * which is renamed to DIR/report when it is complete.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_H
#define SHAPESIM_SIM_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "shaper/shaper.h"
#include "sim/base/sim.h"
#include "sim/base/units.h"
#include "sim/config/config.h"
#include "sim/report/figure.h"
#include "sim/report/html.h"
#include "sim/verify/checks.h"

#define REPORT_COLUMNS     600 /* of a picture: each is drawn as its least and its most value */
#define REPORT_FIGURES_MAX 16
#define REPORT_VIEWS_MAX   8
#define REPORT_MARKS_MAX   FIGURE_MARKS_MAX

/* A group of the run, from summary.json. Texts are borrowed from it. */
struct report_group {
    const char *name;
    json_t *json;
    bool has_group;
    bool has_per_flow;
    double tick_s; /* 0: no limits, no ticks */
    int64_t ticks;
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];   /* of the group, at the start */
    const struct unit *rate_units[SHAPER_DIRECTIONS]; /* as typed; NULL: not known */
    int64_t burst_bytes[SHAPER_DIRECTIONS];
    int64_t effective_min_share_bytes;
};

/* A limit that came into force during the run. */
struct report_change {
    size_t group;
    int64_t tick;
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
};

/* An event of a group during the run, as far as a figure can show it. */
struct report_mark {
    size_t group;
    double time_s;
    char event[32];
};

/* A group and a direction that carried bytes. */
struct report_view {
    size_t group;
    enum shaper_direction direction;
};

struct report {
    const char *directory;      /* of the run; borrowed */
    const char *data_directory; /* where figures write their files; borrowed */
    json_t *summary;
    struct report_group groups[GROUPS_MAX + 1];
    size_t group_count;
    double end_s;
    struct report_view views[REPORT_VIEWS_MAX]; /* ordered by group; the largest */
    size_t view_count;
    size_t views_left_out;
    struct report_change *changes;
    size_t change_count;
    struct report_mark marks[REPORT_MARKS_MAX];
    size_t mark_count;
    size_t marks_left_out;
    struct figure *figures[REPORT_FIGURES_MAX];
    size_t figure_count;
    struct checks *checks; /* those of `shapesim verify`; owned, NULL for a sweep */
    char sweep_note[256];  /* the sweep described in a sentence */
};

/* Checks that DIR contains a run that has ended. SIM_OK, or SIM_FAILED with what is there
 * instead. */
int report_find(const char *directory, char *error);

/* Runs verify on the run, then reads summary.json and events.csv. SIM_OK, also if checks fail
 * although the files have the form that a run writes; SIM_FAILED if they do not (checks_refusal())
 * or cannot be read. The caller frees with report_fini() in any case. */
int report_load(struct report *report, const char *directory, char *error);
void report_fini(struct report *report);

/* The group of this name, or group_count. */
size_t report_find_group(const struct report *report, const char *name);

/* summary.json's object of a view, and numbers in it by their path ("throughput", "grants"); NAN if
 * there is none. */
const json_t *report_view_json(const struct report *report, const struct report_view *view);
double report_number(const json_t *object, const char *section, const char *key);

/* Whether the view's direction has a group's limit. */
bool report_is_limited(const struct report *report, const struct report_view *view);

/* "all, write": in two forms; the second contains only what distinguishes the report's views. */
void report_view_name(const struct report *report, const struct report_view *view,
                      char text[FIGURE_TEXT_BYTES]);

/* "read" or "write"; READ or WRITTEN, the styles' names. */
const char *report_direction(enum shaper_direction direction);
const char *report_style(enum shaper_direction direction);

/* Begins a figure of the report, which keeps it. */
int report_figure(struct report *report, const char *name, const char *title,
                  struct figure **figure, char *error);

/* Adds to the figure's caption, up to its room. */
void report_caption(struct figure *figure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Marks a panel with the events of its group. */
void report_put_marks(const struct report *report, struct figure *figure, size_t group);

/* The figures. Each adds those that have something to show. SIM_OK or SIM_FAILED. */
int report_ticks(struct report *report, char *error);    /* level, passed, backlog */
int report_rates(struct report *report, char *error);    /* rate */
int report_flows(struct report *report, char *error);    /* service, lag */
int report_fairness(struct report *report, char *error); /* jain */
int report_sigma(struct report *report, char *error);    /* sigma */
int report_delays(struct report *report, char *error);   /* delay */

/* A sweep's directory has sweep.csv; its figures come from there, and so does its part of the page.
 */
bool report_is_sweep(const char *directory);
int report_sweep(struct report *report, const char *directory, char *error);

int report_sweep_page(struct html *html, const struct report *report, char *error);

#endif
