/* Rows of events.csv: verify_events.c has those of groups, verify_flow_events.c those of flows. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_EVENT_ROWS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_EVENT_ROWS_H

#include "sim/verify/verify_rows.h"

struct event_columns {
    int time, tick, group, event, min_share, flow;
    int before[SHAPER_DIRECTIONS], after[SHAPER_DIRECTIONS];
    int rate[SHAPER_DIRECTIONS], burst[SHAPER_DIRECTIONS];
};

/* State of a flow by the rows of events.csv so far. */
struct flow_events {
    struct verified_group *present; /* its group at that time */
    uint64_t token_rows;            /* of --initial-tokens */
};

struct event_stream {
    struct verification *verification;
    struct csv_reader *reader; /* NULL: the run has no events */
    struct event_columns columns;
    bool has_row; /* read ahead */
    int64_t time_us;
    size_t taken; /* of the command's --at */
    struct flow_events *flows;
    int64_t background_rest[GROUPS_MAX + 1][SHAPER_DIRECTIONS]; /* of a byte, by group */
};

/* A row that shows a group's buckets. */
struct event_line {
    const char *event;
    struct verified_group *group;
    int64_t before_bytes[SHAPER_DIRECTIONS];
    int64_t after_bytes[SHAPER_DIRECTIONS];
};

/* Reads group, buckets and tick of a row that shows a group's buckets; false after a failure. */
bool event_stream_read_line(struct event_stream *stream, struct event_line *line, int64_t *tick);

/* Checks that the row's limit is the group's. */
void event_stream_check_limits(struct event_stream *stream, const struct event_line *line);

/* Checks the row's levels against those of the tick; `touches`: the event may have changed them. */
void event_stream_note_levels(struct event_stream *stream, const struct event_line *line,
                              bool touches);

#endif
