/*
 * check_run DIR: whether the files of a finished run (on the virtual clock) agree with each other
 * and with the arithmetic of libevent's buckets, on every row and without tolerance:
 *
 *   flows.csv       offered >= delivered, equal when the run drained; p50 <= p99 <= max delay
 *   ticks.csv       start - bytes = end; next start = min(burst, end + rate x ticks between);
 *                   -(min-share - 1) <= end, start <= burst; total = total before + bytes;
 *                   time = tick x tick length; ticks consecutive from 0, but for skipped idle ones
 *   flow_ticks.csv  a flow's rows sum to its row of flows.csv, a tick's rows (of --flow-ticks all)
 *                   to the row of ticks.csv; offered = delivered + backlog
 *   summary.json    each group's totals are the sums of its flows, and what is neither delivered
 * nor offered is as much as is missing
 *
 * A flow that ended with a false end of file (eof, or broken where it could not go on) keeps what
 * it lost in its group's backlog. Only TCP breaks, in closed loop or with a receive window. Only a
 * flow that broke, or a run that was cut, withholds bytes.
 *
 * Exchanges and completion times are checked by run_exchanges.h, delays.csv and delays_time.csv by
 * run_delays.h.
 *
 * The first equality that does not hold is printed with its file and row (from 1, after the
 * header), and the exit status is 1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/program/csv_reader.h"
#include "tests/program/fail.h"
#include "tests/program/run_delays.h"
#include "tests/program/run_events.h"
#include "tests/program/run_exchanges.h"
#include "tests/program/run_filters.h"

#define GROUPS_MAX 65
#define SIDES      2

static const char *const side_names[SIDES] = {"read", "write"};
static const char *const delivered_columns[SIDES] = {"read_bytes", "written_bytes"};
static const char *const max_columns[SIDES] = {"max_read_backlog_bytes", "max_write_backlog_bytes"};
static const char *const total_columns[SIDES] = {"total_read_bytes", "total_written_bytes"};

struct tick {
    int64_t row, tick, members, backlogged;
    int64_t bytes[SIDES], backlog[SIDES];
    int64_t level[SIDES]; /* of the bucket at its end */
    /* summed up from flow_ticks.csv: */
    int64_t flow_rows, flow_backlogged;
    int64_t flow_bytes[SIDES], flow_backlog[SIDES];
};

struct limit {
    int64_t tick_us, rate[SIDES], burst[SIDES];
};

struct group {
    const char *name; /* in the summary */
    const struct group *parent;
    json_t *summary;
    bool has_bucket, has_per_flow;
    bool is_disturbed;  /* by events, so that its bucket may be anywhere */
    bool is_shared;     /* flows moved from or to it */
    int64_t false_eofs; /* flows that ended so */
    struct limit limit, per_flow;
    int64_t min_share, tick_us;
    struct tick *ticks;
    size_t tick_count;
    /* summed up from flows.csv: */
    int64_t flows, packets, offered[SIDES], delivered[SIDES], delay_max_us[SIDES];
    int64_t false_eof_rows, broken_rows;
    /* of ticks.csv: */
    int64_t peak_members, peak_bytes[SIDES], peak_backlog[SIDES], charged[SIDES];
};

struct flow {
    struct group *group; /* NULL: no such flow */
    int64_t row, start_us, end_us;
    bool stays; /* open from start to end: only a closed flow can leave and come back */
    bool has_false_eof, is_tcp;
    bool moves, changes_per_flow;
    bool was_in_none; /* where it has no rows in flow_ticks.csv */
    int64_t offered[SIDES], delivered[SIDES], max_backlog[SIDES];
    /* of flow_ticks.csv: */
    int64_t last_row, last_tick, bytes[SIDES], backlog[SIDES], bucket[SIDES];
    const struct tick *waits_in; /* the last tick at whose end it waited there, and how much: */
    int64_t waiting[SIDES];
};

static const char *directory;
static json_t *summary;
static int64_t tls_record_bytes, tls_handshake_bytes; /* of a record, of the larger handshake */
static bool skips_idle, records_all, drained, is_tls, has_flush, holds_packets;
static bool is_whole;      /* the run drained, and no flow lost bytes by a false end of file */
static bool sets_per_flow; /* --at gives some flow a per-flow limit, or moves one that has it */
static bool charges_other_bytes; /* what is charged is not what is delivered */
static size_t filter_count;
static bool has_filter_high; /* what finds no room waits above the first filter, too */
static int64_t most_unread;  /* of what a flow's shaped end has read when it is cut */
static int64_t end_us;
static struct group groups[GROUPS_MAX];
static size_t group_count;
static struct flow *flows; /* by number, from 1 */
static int64_t flow_count, flow_numbers;
static int64_t tcp_offered_bytes, retransmitted_bytes; /* sums of flows.csv */

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Makes room for one more in an array that grows by doubling. */
static void *grow(void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    void *larger = realloc(array, (count ? 2 * count : 1) * size);
    if (!larger)
        abort();
    return larger;
}

/* --- summary.json ------------------------------------------------------------------------ */

static json_t *member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (!value)
        fail("summary.json: no \"%s\" where one belongs", key);
    return value;
}

static int64_t integer(json_t *object, const char *key)
{
    json_t *value = member(object, key);

    if (!json_is_integer(value))
        fail("summary.json: \"%s\" is no integer", key);
    return json_integer_value(value);
}

static int64_t time_us(json_t *object, const char *key)
{
    double us = json_number_value(member(object, key)) * 1e6;

    return (int64_t)(us + 0.5);
}

static struct limit read_limit(json_t *object)
{
    struct limit limit = {.tick_us = time_us(object, "tick_s")};

    for (int s = 0; s < SIDES; s++) {
        char key[64];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick", side_names[s]);
        limit.rate[s] = integer(object, key);
        snprintf(key, sizeof(key), "%s_burst_bytes", side_names[s]);
        limit.burst[s] = integer(object, key);
    }
    return limit;
}

static void read_group(json_t *object)
{
    struct group *group = &groups[group_count++];
    json_t *limits = json_object_get(object, "limits");
    json_t *effective = json_object_get(limits, "effective");
    json_t *per_flow = json_object_get(limits, "flow_effective");
    json_t *ratelimit = json_object_get(limits, "ratelimit_effective");

    group->summary = object;
    group->name = json_string_value(member(object, "name"));
    group->has_bucket = effective != NULL;
    group->has_per_flow = per_flow != NULL;
    group->is_disturbed = run_events_disturb(group->name);
    group->false_eofs = integer(object, "false_end_of_file_flows");
    is_whole = is_whole && group->false_eofs == 0;
    filter_count = json_array_size(json_object_get(member(object, "read"), "filters"));
    has_flush = json_object_get(member(object, "read"), "flushed_bytes") != NULL;
    if (effective) {
        group->limit = read_limit(effective);
        group->min_share = integer(effective, "min_share_bytes");
        group->tick_us = group->limit.tick_us;
    }
    if (per_flow) {
        group->per_flow = read_limit(per_flow);
        if (!effective)
            group->tick_us = group->per_flow.tick_us;
    }
    if (ratelimit) /* the only limiter: it has ticks, but no bucket */
        group->tick_us = read_limit(ratelimit).tick_us;
}

/* Whether the recorded command gives an option this value; the last one counts. */
static bool command_says(const char *command, const char *option, const char *value)
{
    const char *last = NULL;
    size_t length = strlen(option);

    for (const char *at = strstr(command, option); at; at = strstr(at + 1, option))
        last = at + length;
    length = strlen(value);
    return last && strncmp(last, value, length) == 0 && (last[length] == ' ' || !last[length]);
}

static struct group *group_named(const char *name)
{
    for (size_t i = 0; i < group_count; i++)
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    return NULL;
}

/* The value of a key of a --group, which ends with a comma, a quote or a space. */
static bool group_key(const char *spec, const char *end, const char *key, char value[64])
{
    const char *at = strstr(spec, key);

    if (!at || at >= end)
        return false;
    at += strlen(key);
    snprintf(value, 64, "%.*s", (int)strcspn(at, ",' "), at);
    return true;
}

/* Groups in groups: known only from the command. */
static void read_parents(const char *command)
{
    static const char option[] = "--group ";
    char name[64], parent[64];

    for (const char *at = strstr(command, option); at; at = strstr(at + 1, option)) {
        const char *spec = at + sizeof(option) - 1;
        const char *end = *spec == '\'' ? strchr(spec + 1, '\'') : spec + strcspn(spec, " ");
        struct group *group = end && group_key(spec, end, "name=", name) ? group_named(name) : NULL;
        if (group && group_key(spec, end, ",parent=", parent))
            group->parent = group_named(parent);
    }
}

/* What the group was charged for those below it. */
static int64_t charged_below(const struct group *group, int s)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < group_count; i++)
        if (groups[i].parent == group)
            bytes += groups[i].charged[s];
    return bytes;
}

static bool has_below(const struct group *group)
{
    for (size_t i = 0; i < group_count; i++)
        if (groups[i].parent == group)
            return true;
    return false;
}

static void read_summary(void)
{
    char path[4096];
    json_error_t error;

    snprintf(path, sizeof(path), "%s/summary.json", directory);
    summary = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!summary)
        fail("summary.json: %s (line %d)", error.text, error.line);
    const char *command = json_string_value(member(summary, "command"));
    const char *end = json_string_value(member(summary, "end"));
    json_t *array = member(summary, "groups");
    size_t index;
    json_t *object;
    skips_idle = command_says(command, " --idle-ticks ", "skip");
    records_all = command_says(command, " --flow-ticks ", "all");
    is_tls = command_says(command, " --transport ", "tls");
    drained = is_whole = strcmp(end, "drained") == 0;
    json_t *settings = member(summary, "settings");
    if (is_tls) {
        bool is_1_2 = strcmp(json_string_value(member(settings, "tls_version")), "1.2") == 0;
        tls_record_bytes = is_1_2 ? 16413 : 16406;
        tls_handshake_bytes = is_1_2 ? 471 : 565;
    }
    holds_packets = strcmp(json_string_value(member(settings, "replay")), "closed") == 0 ||
                    !json_is_null(member(settings, "receive_window_bytes"));
    end_us = time_us(summary, "end_s");
    if (json_array_size(array) > GROUPS_MAX)
        fail("summary.json: more than %d groups", GROUPS_MAX);
    json_array_foreach(array, index, object) read_group(object);
    read_parents(command);
    json_t *low = member(settings, "read_low_bytes");
    most_unread = json_is_null(low) ? 0 : json_integer_value(low) - 1;
    has_filter_high = !json_is_null(member(settings, "filter_high_bytes"));
    charges_other_bytes = is_tls || filter_count > 0 || has_flush || !json_is_null(low);
}

static struct group *find_group(const struct csv_reader *csv)
{
    const char *name = csv_reader_text(csv, "group");
    struct group *group = group_named(name);

    if (!group)
        csv_reader_fail(csv, "group '%s' is not in summary.json", name);
    return group;
}

/* A column whose name begins with the side's: read_..., write_... */
static int64_t side_integer(const struct csv_reader *csv, int s, const char *what)
{
    char column[64];

    snprintf(column, sizeof(column), "%s_%s", side_names[s], what);
    return csv_reader_integer(csv, column);
}

/* --- flows.csv --------------------------------------------------------------------------- */

static void check_delays(const struct csv_reader *csv, struct flow *flow, int s)
{
    static const char *const which[] = {"p50", "p99", "max"};
    int64_t us[3];
    int empty = 0;

    for (int i = 0; i < 3; i++) {
        char column[64];
        snprintf(column, sizeof(column), "%s_delay_%s_s", side_names[s], which[i]);
        us[i] = -1;
        if (csv_reader_is_empty(csv, column))
            empty++;
        else
            us[i] = csv_reader_time_us(csv, column);
    }
    if (empty != 0 && empty != 3)
        csv_reader_fail(csv, "some %s delays are empty, some not", side_names[s]);
    if (!empty && flow->delivered[s] == 0)
        csv_reader_fail(csv, "a %s delay without bytes", side_names[s]);
    if (empty && flow->delivered[s] > 0 && flow->delivered[s] == flow->offered[s])
        csv_reader_fail(csv, "all was delivered, but no %s delay is given", side_names[s]);
    if (us[0] > us[1] || us[1] > us[2])
        csv_reader_fail(csv, "%s delays: p50 <= p99 <= max does not hold", side_names[s]);
    if (us[2] > flow->end_us - flow->start_us)
        csv_reader_fail(csv, "%s delay max <= end - start does not hold", side_names[s]);
    flow->group->delay_max_us[s] = max_i64(flow->group->delay_max_us[s], us[2]);
}

/* Only TCP sends again. */
static void add_tcp(const struct csv_reader *csv, struct flow *flow)
{
    int64_t bytes = csv_reader_integer(csv, "retransmitted_bytes");

    flow->is_tcp = strcmp(csv_reader_text(csv, "protocol"), "tcp") == 0;
    if (flow->is_tcp)
        tcp_offered_bytes += flow->offered[0] + flow->offered[1];
    else if (bytes != 0)
        csv_reader_fail(csv, "retransmitted bytes without TCP");
    retransmitted_bytes += bytes;
}

/* The last byte of payload does not come before it was captured. */
static void check_completion(const struct csv_reader *csv, const struct flow *flow)
{
    bool is_known = !csv_reader_is_empty(csv, "completion_s");

    if (csv_reader_is_empty(csv, "captured_completion_s")) {
        if (is_known)
            csv_reader_fail(csv, "a completion time without payload");
        return;
    }
    int64_t captured_us = csv_reader_time_us(csv, "captured_completion_s");
    int64_t us = is_known ? csv_reader_time_us(csv, "completion_s") : -1;
    if (is_known && (us < captured_us || us > flow->end_us - flow->start_us))
        csv_reader_fail(csv, "captured completion <= completion <= end - start does not hold");
    bool has_lost = flow->offered[0] + flow->offered[1] > flow->delivered[0] + flow->delivered[1];
    if (drained && !flow->has_false_eof ? !is_known : is_known && has_lost)
        csv_reader_fail(csv, "a completion time where all was delivered does not hold");
    run_exchanges_note_completion(flow->group->name, captured_us, us);
}

static void check_close(const struct csv_reader *csv, struct flow *flow)
{
    const char *close = csv_reader_text(csv, "close");
    bool is_broken = strcmp(close, "broken") == 0;

    flow->has_false_eof = is_broken || strcmp(close, "eof") == 0;
    flow->stays =
        strcmp(close, "end") == 0 || strcmp(close, "idle") == 0 || strcmp(close, "cut") == 0;
    if (drained && strcmp(close, "cut") == 0)
        csv_reader_fail(csv, "cut, though the run drained");
    if (is_broken && (!holds_packets || strcmp(csv_reader_text(csv, "protocol"), "tcp") != 0))
        csv_reader_fail(csv, "broken, though it is not TCP in closed loop or with a window");
    flow->group->false_eof_rows += flow->has_false_eof;
    flow->group->broken_rows += is_broken;
}

static void check_flow_row(const struct csv_reader *csv, struct flow *flow)
{
    static const char *const offered[SIDES] = {"offered_read_bytes", "offered_written_bytes"};
    struct group *group = find_group(csv);
    int64_t packets = csv_reader_integer(csv, "packets");

    flow->group = group;
    flow->row = csv_reader_row(csv);
    flow->start_us = csv_reader_time_us(csv, "start_s");
    flow->end_us = csv_reader_time_us(csv, "end_s");
    check_close(csv, flow);
    if (flow->start_us > flow->end_us || flow->end_us > end_us)
        csv_reader_fail(csv, "start <= end <= the run's end does not hold");
    if (packets < 1)
        csv_reader_fail(csv, "a flow without packets");
    for (int s = 0; s < SIDES; s++) {
        flow->offered[s] = csv_reader_integer(csv, offered[s]);
        flow->delivered[s] = csv_reader_integer(csv, delivered_columns[s]);
        flow->max_backlog[s] = csv_reader_integer(csv, max_columns[s]);
        int64_t backlog = flow->offered[s] - flow->delivered[s];
        if (flow->delivered[s] < 0 || backlog < 0 ||
            (drained && backlog > 0 && !flow->has_false_eof))
            csv_reader_fail(csv,
                            "offered = delivered + backlog: %" PRId64 " %s, %" PRId64
                            " delivered, the run %s",
                            flow->offered[s], side_names[s], flow->delivered[s],
                            drained ? "drained" : "was cut");
        if (flow->max_backlog[s] < backlog || flow->max_backlog[s] > flow->offered[s] ||
            (flow->max_backlog[s] == 0) != (flow->offered[s] == 0))
            csv_reader_fail(csv, "backlog <= max %s backlog <= offered does not hold",
                            side_names[s]);
        check_delays(csv, flow, s);
        group->offered[s] += flow->offered[s];
        group->delivered[s] += flow->delivered[s];
    }
    group->flows++;
    group->packets += packets;
    add_tcp(csv, flow);
    check_completion(csv, flow);
}

static void check_flows(void)
{
    struct csv_reader *csv = csv_reader_open(directory, "flows.csv");

    while (csv_reader_next(csv)) {
        int64_t number = csv_reader_integer(csv, "flow");
        if (number < 1 || number > INT32_MAX)
            csv_reader_fail(csv, "flow %" PRId64 ": numbers count from 1", number);
        if (number >= flow_numbers) {
            int64_t wanted = 2 * number;
            flows = realloc(flows, (size_t)wanted * sizeof(*flows));
            if (!flows)
                abort();
            memset(flows + flow_numbers, 0, (size_t)(wanted - flow_numbers) * sizeof(*flows));
            flow_numbers = wanted;
        }
        if (flows[number].group)
            csv_reader_fail(csv, "flow %" PRId64 " has a row already", number);
        check_flow_row(csv, &flows[number]);
        flow_count++;
    }
    csv_reader_free(csv);
}

/* --- filters ----------------------------------------------------------------------------- */

static void check_filters(void)
{
    for (int64_t number = 1; number < flow_numbers && filter_count > 0; number++) {
        const struct flow *flow = &flows[number];
        const struct flow_bytes *bytes = run_filters_of(number);
        if (!flow->group)
            continue;
        if (!bytes->is_filtered)
            fail("filters.csv: flow %" PRId64 " of flows.csv has no rows", number);
        for (int s = 0; s < SIDES; s++)
            if (bytes->sent[s] > flow->offered[s] ||
                (bytes->sent[s] < flow->offered[s] && (is_whole || s == 0 || !has_filter_high)) ||
                bytes->received[s] < flow->delivered[s] ||
                bytes->received[s] - flow->delivered[s] > (s == 0 && !is_whole ? most_unread : 0))
                fail("flows.csv: row %" PRId64 ": offered %" PRId64 " and delivered %" PRId64
                     " are not the first filter's %" PRId64 " and %" PRId64 " (%s)",
                     flow->row, flow->offered[s], flow->delivered[s], bytes->sent[s],
                     bytes->received[s], side_names[s]);
    }
}

/* --- flows that change their group ------------------------------------------------------- */

static bool is_move(const struct run_event *event, int64_t flow)
{
    return event->flow == flow && (event->kind == RUN_EVENT_LEAVE || event->kind == RUN_EVENT_JOIN);
}

/* Whether the flow was in the group at `from_us`, before its events, or later but before `to_us`;
 * *leaves: and was no longer when that ended. */
static bool was_in(int64_t number, const struct group *group, int64_t from_us, int64_t to_us,
                   bool *leaves)
{
    bool is_in = flows[number].group == group, was = is_in;

    for (size_t i = 0; i < run_events_count(); i++) {
        const struct run_event *event = run_events_at(i);
        if (!is_move(event, number) || event->time_us >= to_us)
            continue;
        const char *to = event->kind == RUN_EVENT_LEAVE ? "-" : event->group;
        is_in = strcmp(group->name, to) == 0;
        was = event->time_us < from_us ? is_in : was || is_in;
    }
    *leaves = was && !is_in;
    return was;
}

/* Their bytes are some in one group, some in another. */
static void note_moves(void)
{
    for (size_t i = 0; i < run_events_count(); i++) {
        const struct run_event *event = run_events_at(i);
        if (event->flow == 0)
            continue;
        if (event->flow >= flow_numbers || !flows[event->flow].group)
            fail("events.csv: row %" PRId64 ": flow %" PRId64 " is not in flows.csv", event->row,
                 event->flow);
        struct flow *flow = &flows[event->flow];
        struct group *to = group_named(event->kind == RUN_EVENT_LEAVE ? "-" : event->group);
        flow->changes_per_flow = run_events_change_per_flow(event->flow);
        sets_per_flow = sets_per_flow || flow->changes_per_flow;
        if (!is_move(event, event->flow))
            continue;
        flow->moves = true;
        sets_per_flow = sets_per_flow || flow->group->has_per_flow;
        flow->was_in_none |= event->kind == RUN_EVENT_LEAVE || !flow->group->tick_us;
        flow->group->is_shared = true;
        if (to)
            to->is_shared = true;
    }
}

/* A sum over a group's rows of flows.csv, or what the summary says where flows moved. */
static int64_t group_sum(const struct group *group, int s, const char *key, int64_t sum)
{
    return group->is_shared ? integer(member(group->summary, side_names[s]), key) : sum;
}

/* --- ticks.csv --------------------------------------------------------------------------- */

/* What the tick's events have taken from a bucket; its limit is that of the last of them from the
 * next refill on. */
static int64_t taken_by_events(const struct group *group, int64_t tick, int s, struct limit *limit)
{
    size_t count;
    const struct run_event *const *events = run_events_of_tick(group->name, tick, &count);
    int64_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        if (events[i]->kind == RUN_EVENT_START)
            continue;
        taken += events[i]->before[s] - events[i]->after[s];
        limit->rate[s] = events[i]->rate[s];
        limit->burst[s] = events[i]->burst[s];
    }
    return taken;
}

/* Whether a bucket's first level was set by hand; *level is it then. */
static bool begins_at(const struct group *group, int s, int64_t *level)
{
    size_t count;
    const struct run_event *const *events = run_events_of_tick(group->name, 0, &count);
    bool is_set = false;

    for (size_t i = 0; i < count; i++)
        if (events[i]->kind == RUN_EVENT_START) {
            *level = events[i]->after[s];
            is_set = true;
        }
    return is_set;
}

static bool resets_totals(const struct group *group, int64_t tick)
{
    size_t count;
    const struct run_event *const *events = run_events_of_tick(group->name, tick, &count);

    for (size_t i = 0; i < count; i++)
        if (events[i]->kind == RUN_EVENT_RESET)
            return true;
    return false;
}

/* Whether that happened after one tick and before another, in ticks without rows. */
static bool has_reset_totals(const struct group *group, int64_t before_tick, int64_t tick)
{
    for (size_t i = 0; i < run_events_count(); i++) {
        const struct run_event *event = run_events_at(i);
        if (event->kind == RUN_EVENT_RESET && event->tick > before_tick && event->tick < tick &&
            strcmp(event->group, group->name) == 0)
            return true;
    }
    return false;
}

/* How far below 0 a bucket may be: a record is passed at 1 byte, handshakes at any level. What a
 * filter passes on at once is one write of any number of records: no bound is known here.
 */
static int64_t tls_overdraft(int64_t flows_open)
{
    if (filter_count > 0)
        return INT64_MAX / 4;
    return tls_record_bytes - 1 + flows_open * tls_handshake_bytes;
}

/* A tick without a row was idle: an event in it may have set another rate, but took nothing. */
static void pass_idle_ticks(const struct csv_reader *csv, struct group *group, int64_t before_tick,
                            int64_t tick, int s)
{
    for (size_t i = 0; i < run_events_count(); i++) {
        const struct run_event *event = run_events_at(i);
        bool is_passed = event->tick > before_tick && event->tick < tick && event->flow == 0 &&
                         strcmp(event->group, group->name) == 0;
        if (is_passed && taken_by_events(group, event->tick, s, &group->limit) != 0)
            csv_reader_fail(csv, "tick %" PRId64 ", in which something was taken, has no row",
                            event->tick);
    }
}

static void check_bucket(const struct csv_reader *csv, struct group *group, const struct tick *tick,
                         int s, int64_t before_tick, int64_t *before)
{
    pass_idle_ticks(csv, group, before_tick, tick->tick, s);
    struct limit before_events = group->limit;
    const struct limit *limit = &before_events;
    int64_t start = side_integer(csv, s, "bucket_start_bytes");
    int64_t end = side_integer(csv, s, "bucket_end_bytes");
    int64_t filled =
        min_i64(limit->burst[s], *before + limit->rate[s] * (tick->tick - before_tick));
    int64_t taken = taken_by_events(group, tick->tick, s, &group->limit);

    if (start - tick->bytes[s] - taken != end)
        csv_reader_fail(csv,
                        "start - bytes = end: %" PRId64 " - %" PRId64 " - %" PRId64
                        " (by events) is not %" PRId64 " (%s)",
                        start, tick->bytes[s], taken, end, side_names[s]);
    if (tick->tick == 0)
        begins_at(group, s, &filled);
    /* A credit above the burst makes libevent's unsigned refill grow from there. */
    if (*before > limit->burst[s])
        filled = *before + limit->rate[s] * (tick->tick - before_tick);
    /* With TLS, what an per-flow bucket releases can be charged at the refill's instant but before
     * it.
     */
    bool is_early = is_tls && (group->has_per_flow || sets_per_flow) && start > filled &&
                    start <= *before + limit->rate[s] * (tick->tick - before_tick);
    if (start != filled && !is_early)
        csv_reader_fail(csv,
                        "start = min(burst, end before + rate x ticks): %" PRId64
                        " is not min(%" PRId64 ", %" PRId64 " + %" PRId64 " x %" PRId64 ") (%s)",
                        start, limit->burst[s], *before, limit->rate[s], tick->tick - before_tick,
                        side_names[s]);
    int64_t overdraft = is_tls ? tls_overdraft(group->flows) : max_i64(group->min_share - 1, 0);
    if (is_tls && group->is_shared) /* a flow that joins continues the record that it had begun */
        overdraft *= 2;
    if (!group->is_disturbed && ((start > limit->burst[s] && !is_early) || end < -overdraft))
        csv_reader_fail(csv, "-(min-share - 1) <= bucket <= burst: %" PRId64 " to %" PRId64 " (%s)",
                        end, start, side_names[s]);
    *before = end;
}

/* What ticks.csv held of a group so far. All is 0 before tick 0: a new bucket holds one tick's
 * worth. */
struct before {
    int64_t bucket[SIDES], total[SIDES], sum[SIDES]; /* the sum is not reset */
};

static void check_total_column(const struct csv_reader *csv, const struct group *group,
                               const struct tick *tick, int s, int64_t before_tick,
                               struct before *before)
{
    if (has_reset_totals(group, before_tick, tick->tick))
        before->total[s] = 0;
    int64_t total = csv_reader_integer(csv, total_columns[s]);
    bool is_reset = resets_totals(group, tick->tick);

    if (is_reset && (total < 0 || total > tick->bytes[s]))
        csv_reader_fail(csv, "0 <= total <= bytes in the tick of a reset: %" PRId64 " (%s)", total,
                        side_names[s]);
    if (!is_reset && total != before->total[s] + tick->bytes[s])
        csv_reader_fail(
            csv, "total = total before + bytes: %" PRId64 " is not %" PRId64 " + %" PRId64 " (%s)",
            total, before->total[s], tick->bytes[s], side_names[s]);
    before->total[s] = total;
    before->sum[s] += tick->bytes[s];
}

static void check_tick_row(const struct csv_reader *csv, struct group *group, struct before *before)
{
    const struct tick *last = group->tick_count ? &group->ticks[group->tick_count - 1] : NULL;
    struct tick tick = {.row = csv_reader_row(csv),
                        .tick = csv_reader_integer(csv, "tick"),
                        .members = csv_reader_integer(csv, "members"),
                        .backlogged = csv_reader_integer(csv, "backlogged_flows")};
    int64_t before_tick = last ? last->tick : -1;

    if (!group->tick_us)
        csv_reader_fail(csv, "group '%s' has no limits and no ticks", group->name);
    if (csv_reader_time_us(csv, "time_s") != tick.tick * group->tick_us)
        csv_reader_fail(csv, "time = tick x tick length does not hold");
    if (skips_idle ? tick.tick <= before_tick : tick.tick != before_tick + 1)
        csv_reader_fail(csv, "ticks are consecutive: %" PRId64 " after %" PRId64, tick.tick,
                        before_tick);
    for (int s = 0; s < SIDES; s++) {
        tick.bytes[s] = csv_reader_integer(csv, delivered_columns[s]);
        tick.backlog[s] = side_integer(csv, s, "backlog_bytes");
        if (tick.bytes[s] < 0 || tick.backlog[s] < 0)
            csv_reader_fail(csv, "bytes and backlog are 0 or more (%s)", side_names[s]);
        check_total_column(csv, group, &tick, s, before_tick, before);
        if (group->has_bucket)
            check_bucket(csv, group, &tick, s, before_tick, &before->bucket[s]);
        tick.level[s] = before->bucket[s];
        group->peak_bytes[s] = max_i64(group->peak_bytes[s], tick.bytes[s]);
        group->peak_backlog[s] = max_i64(group->peak_backlog[s], tick.backlog[s]);
    }
    int64_t backlog = tick.backlog[0] + tick.backlog[1];
    if (tick.backlogged < 0 || tick.backlogged > tick.members + group->false_eofs ||
        tick.backlogged > backlog || (tick.backlogged == 0) != (backlog == 0))
        csv_reader_fail(
            csv, "%" PRId64 " backlogged flows of %" PRId64 " members hold %" PRId64 " bytes",
            tick.backlogged, tick.members, backlog);
    group->peak_members = max_i64(group->peak_members, tick.members);
    group->ticks = grow(group->ticks, group->tick_count, sizeof(tick));
    group->ticks[group->tick_count++] = tick;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool counts_as_member(int64_t number, const struct group *group, bool upper)
{
    const struct flow *flow = &flows[number];
    bool leaves;

    if (upper && flow->moves)
        return was_in(number, group, flow->start_us, INT64_MAX, &leaves);
    return flow->group == group && (upper || (flow->stays && !flow->moves));
}

/* At a tick's end, members are the flows that have begun and not ended. Those that closed may have
 * left in between: they count only for the upper bound. */
static void check_members(const struct group *group, bool upper)
{
    static int64_t *starts, *ends; /* a leak checker finds them when the test fails */
    size_t count = 0, begun = 0, ended = 0;

    starts = calloc((size_t)flow_count + 1, sizeof(*starts));
    ends = calloc((size_t)flow_count + 1, sizeof(*ends));
    if (!starts || !ends)
        abort();
    for (int64_t i = 1; i < flow_numbers; i++)
        if (counts_as_member(i, group, upper)) {
            starts[count] = flows[i].start_us;
            ends[count++] = flows[i].end_us;
        }
    qsort(starts, count, sizeof(*starts), compare_i64);
    qsort(ends, count, sizeof(*ends), compare_i64);
    for (size_t i = 0; i < group->tick_count; i++) {
        const struct tick *tick = &group->ticks[i];
        int64_t at_us = (tick->tick + 1) * group->tick_us;
        if (at_us > end_us && !upper)
            break; /* the run ended within this tick, and flows left at that instant */
        while (begun < count && starts[begun] < min_i64(at_us, end_us + 1))
            begun++;
        while (ended < count && ends[ended] < min_i64(at_us, end_us))
            ended++;
        int64_t open = (int64_t)begun - (int64_t)ended;
        if (upper ? tick->members > open : tick->members < open)
            fail("ticks.csv: row %" PRId64 ": %" PRId64 " members, but %s %" PRId64
                 " flows of flows.csv are open",
                 tick->row, tick->members, upper ? "at most" : "at least", open);
    }
    free(starts);
    free(ends);
}

static void check_ticks(void)
{
    struct csv_reader *csv = csv_reader_open(directory, "ticks.csv");
    static struct before before[GROUPS_MAX];

    while (csv_reader_next(csv)) {
        struct group *group = find_group(csv);
        check_tick_row(csv, group, &before[group - groups]);
    }
    csv_reader_free(csv);
    for (size_t i = 0; i < group_count; i++)
        memcpy(groups[i].charged, before[i].sum, sizeof(groups[i].charged));
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &groups[i];
        for (int s = 0; s < SIDES && group->tick_us; s++) {
            int64_t backlog =
                group->tick_count ? group->ticks[group->tick_count - 1].backlog[s] : 0;
            int64_t charged = charges_other_bytes
                                  ? integer(member(group->summary, side_names[s]), "charged_bytes")
                                  : group_sum(group, s, "delivered_bytes", group->delivered[s]) +
                                        charged_below(group, s);
            int64_t left = group_sum(group, s, "offered_bytes", group->offered[s]) -
                           group_sum(group, s, "delivered_bytes", group->delivered[s]);
            if (before[i].sum[s] != charged)
                fail("ticks.csv: last row of group '%s': total %s of %" PRId64
                     " = sum of its flows' bytes %" PRId64 " does not hold",
                     group->name, side_names[s], before[i].sum[s], charged);
            if (backlog != left)
                fail("ticks.csv: last row of group '%s': %s backlog of %" PRId64
                     " = offered - delivered of its flows, %" PRId64 ", does not hold",
                     group->name, side_names[s], backlog, left);
        }
        check_members(group, true);
        check_members(group, false);
    }
}

/* --- flow_ticks.csv ---------------------------------------------------------------------- */

static struct tick *find_tick(const struct csv_reader *csv, const struct group *group, int64_t tick)
{
    size_t low = 0, high = group->tick_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (group->ticks[middle].tick < tick)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == group->tick_count || group->ticks[low].tick != tick)
        csv_reader_fail(csv, "tick %" PRId64 " of group '%s' has no row in ticks.csv", tick,
                        group->name);
    return &group->ticks[low];
}

/* A decrement takes a bucket below 0 or above its burst, where libevent's refill has no end. */
static void check_decremented_bucket(const struct csv_reader *csv, struct flow *flow, int64_t tick,
                                     int64_t bytes, int s)
{
    const struct limit *limit = &flow->group->per_flow;
    int64_t number = csv_reader_integer(csv, "flow");
    int64_t tick_us = flow->group->tick_us;
    const struct run_event *set = run_events_per_flow_start(number);
    char column[64];

    snprintf(column, sizeof(column), "%s_bucket_bytes", side_names[s]);
    int64_t bucket = csv_reader_integer(csv, column);
    int64_t filled = set ? set->after[s] : limit->rate[s];
    if (flow->last_row)
        filled = flow->bucket[s] > limit->burst[s]
                     ? flow->bucket[s] + limit->rate[s]
                     : min_i64(limit->burst[s], flow->bucket[s] + limit->rate[s]);
    int64_t left =
        filled - bytes - run_events_taken(number, tick * tick_us, (tick + 1) * tick_us, s);
    bool follows = !flow->last_row || tick == flow->last_tick + 1;
    if (!is_tls && follows && flow->stays && !flow->moves && limit->tick_us == tick_us &&
        bucket != left)
        csv_reader_fail(csv,
                        "per-flow bucket after its decrements is %" PRId64 ", not %" PRId64 " (%s)",
                        bucket, left, side_names[s]);
    flow->bucket[s] = bucket;
}

/* A flow's per-flow bucket starts with one tick's worth and is never overdrawn. */
static void check_per_flow_bucket(const struct csv_reader *csv, struct flow *flow, int64_t tick,
                                  int64_t bytes, int s)
{
    const struct group *group = flow->group;
    const struct run_event *set = run_events_per_flow_start(csv_reader_integer(csv, "flow"));
    char column[64];

    if (flow->changes_per_flow)
        return;
    snprintf(column, sizeof(column), "%s_bucket_bytes", side_names[s]);
    if (csv_reader_is_empty(csv, column) == group->has_per_flow)
        csv_reader_fail(csv, "%s is given if and only if flows have their per-flow limit", column);
    if (!group->has_per_flow)
        return;
    if (run_events_decrement(csv_reader_integer(csv, "flow"))) {
        check_decremented_bucket(csv, flow, tick, bytes, s);
        return;
    }
    int64_t bucket = csv_reader_integer(csv, column);
    if (bucket < (is_tls ? -tls_overdraft(1) : 0) || bucket > group->per_flow.burst[s])
        csv_reader_fail(csv, "0 <= per-flow bucket <= burst: %" PRId64 " (%s)", bucket,
                        side_names[s]);
    int64_t filled = set ? set->after[s] : group->per_flow.rate[s];
    if (flow->last_row)
        filled = min_i64(group->per_flow.burst[s],
                         flow->bucket[s] + group->per_flow.rate[s] * (tick - flow->last_tick));
    /* A handshake asks no bucket, and so is charged before libevent fills it up. */
    int64_t most = filled - bytes;
    if (is_tls && flow->last_row && flow->bytes[s] < tls_handshake_bytes)
        most =
            min_i64(group->per_flow.burst[s],
                    flow->bucket[s] - bytes + group->per_flow.rate[s] * (tick - flow->last_tick));
    if (flow->stays && !flow->moves && group->per_flow.tick_us == group->tick_us &&
        (bucket < filled - bytes || bucket > most))
        csv_reader_fail(csv,
                        "per-flow bucket = min(burst, before + rate x ticks) - bytes: %" PRId64
                        " is not %" PRId64 " - %" PRId64 " (%s)",
                        bucket, filled, bytes, side_names[s]);
    flow->bucket[s] = bucket;
}

/* What libevent lets through at once: 0 in a suspended group, whose level is below its min-share.
 */
static void check_max(const struct csv_reader *csv, const struct flow *flow,
                      const struct group *group, const struct tick *tick, int s)
{
    char column[64], bucket[64], key[64];

    snprintf(column, sizeof(column), "max_%s_bytes", side_names[s]);
    if (csv_reader_is_empty(csv, column) || flow->moves || flow->changes_per_flow)
        return;
    int64_t most = csv_reader_integer(csv, column);
    snprintf(bucket, sizeof(bucket), "%s_bucket_bytes", side_names[s]);
    snprintf(key, sizeof(key), "max_single_%s_bytes", side_names[s]);
    int64_t expected = csv_reader_is_empty(csv, bucket)
                           ? integer(member(summary, "settings"), key)
                           : max_i64(csv_reader_integer(csv, bucket), 0);
    if (group->has_bucket && !group->is_disturbed)
        expected = min_i64(expected, max_i64(tick->level[s] / tick->members, group->min_share));
    if (group->has_bucket &&
        (tick->level[s] <= 0 ||
         (most == 0 && (group->is_disturbed || tick->level[s] < group->min_share))))
        expected = 0;
    if (group->is_disturbed ? most > expected : most != expected)
        csv_reader_fail(csv, "%s is %" PRId64 ", not %" PRId64, column, most, expected);
}

/* The flow waits in the tick's group when it ends. One that left and joined again within it has had
 * a row, which counts no longer. */
static void wait_in(struct tick *tick, struct flow *flow)
{
    bool had_row = flow->waits_in == tick;

    for (int s = 0; s < SIDES; s++)
        tick->flow_backlog[s] += flow->backlog[s] - (had_row ? flow->waiting[s] : 0);
    tick->flow_backlogged += flow->backlog[0] + flow->backlog[1] > 0;
    tick->flow_backlogged -= had_row && flow->waiting[0] + flow->waiting[1] > 0;
    tick->flow_rows += !had_row;
    flow->waits_in = tick;
    memcpy(flow->waiting, flow->backlog, sizeof(flow->waiting));
}

static void check_flow_tick_row(const struct csv_reader *csv)
{
    int64_t number = csv_reader_integer(csv, "flow");
    int64_t tick_number = csv_reader_integer(csv, "tick");

    if (number < 1 || number >= flow_numbers || !flows[number].group)
        csv_reader_fail(csv, "flow %" PRId64 " is not in flows.csv", number);
    struct flow *flow = &flows[number];
    const struct group *group = find_group(csv);
    struct tick *tick = find_tick(csv, group, tick_number);
    int64_t from_us = tick_number * group->tick_us;
    bool leaves;
    if (!was_in(number, group, from_us, from_us + group->tick_us, &leaves))
        csv_reader_fail(csv, "the group differs from that in flows.csv and events.csv");
    if (csv_reader_time_us(csv, "time_s") != from_us)
        csv_reader_fail(csv, "time = tick x tick length does not hold");
    if (flow->last_row && tick_number <= flow->last_tick && !flow->moves)
        csv_reader_fail(csv, "tick %" PRId64 " of flow %" PRId64 " comes after %" PRId64,
                        tick_number, number, flow->last_tick);
    for (int s = 0; s < SIDES; s++) {
        int64_t bytes = csv_reader_integer(csv, delivered_columns[s]);
        int64_t backlog = side_integer(csv, s, "backlog_bytes");
        if (bytes < 0 || backlog < 0 || backlog > flow->max_backlog[s])
            csv_reader_fail(csv, "0 <= %s backlog <= the flow's largest does not hold",
                            side_names[s]);
        if (!charges_other_bytes && !flow->moves && bytes + backlog < flow->backlog[s])
            csv_reader_fail(csv,
                            "offered = delivered + backlog: %" PRId64 " + %" PRId64
                            " is less than the backlog before, %" PRId64 " (%s)",
                            bytes, backlog, flow->backlog[s], side_names[s]);
        check_per_flow_bucket(csv, flow, tick_number, bytes, s);
        check_max(csv, flow, group, tick, s);
        flow->bytes[s] += bytes;
        flow->backlog[s] = backlog;
        tick->flow_bytes[s] += bytes;
    }
    if (!leaves)
        wait_in(tick, flow);
    flow->last_tick = tick_number;
    flow->last_row = csv_reader_row(csv);
}

/* What the shaped end's limits let through of what was delivered. */
static int64_t limited_bytes(int64_t number, int s)
{
    const struct flow_bytes *bytes = run_filters_of(number);
    int64_t below = bytes->is_filtered ? bytes->below[s] : flows[number].delivered[s];

    return below - bytes->flushed[s];
}

/* With TLS a flow is charged for more than passes; in a run that was cut, for what is still above,
 * which without filters is below its read watermark.
 */
static bool is_charged_enough(int64_t number, int s)
{
    int64_t charged = flows[number].bytes[s], limited = limited_bytes(number, s);

    if (is_tls || (charges_other_bytes && !is_whole))
        return charged >= limited &&
               (is_tls || filter_count > 0 || charged - limited <= (s == 0 ? most_unread : 0));
    return charged == limited;
}

static void check_flow_sums(void)
{
    for (int64_t number = 1; number < flow_numbers; number++) {
        const struct flow *flow = &flows[number];
        if (!flow->group || !flow->group->tick_us || flow->was_in_none)
            continue;
        for (int s = 0; s < SIDES; s++) {
            if (!flow->last_row && (!records_all || flow->delivered[s] == 0))
                continue;
            if (!is_charged_enough(number, s))
                fail("flows.csv: row %" PRId64 ": %s %" PRId64
                     " = sum of the flow's rows in flow_ticks.csv, %" PRId64 ", does not hold",
                     flow->row, delivered_columns[s], limited_bytes(number, s), flow->bytes[s]);
            int64_t later = flow->offered[s] - flow->delivered[s] - flow->backlog[s];
            if (flow->has_false_eof ? later < 0 : later != 0)
                fail("flow_ticks.csv: row %" PRId64 ": offered = delivered + backlog: %" PRId64
                     " is not %" PRId64 " + %" PRId64 " (%s)",
                     flow->last_row, flow->offered[s], flow->delivered[s], flow->backlog[s],
                     side_names[s]);
        }
    }
}

static void check_tick_sum(const struct tick *tick, const char *what, bool is_all, int64_t whole,
                           int64_t sum)
{
    if (is_all ? sum != whole : sum > whole)
        fail("ticks.csv: row %" PRId64 ": %s %" PRId64 " %s sum of flow_ticks.csv %" PRId64
             " does not hold",
             tick->row, what, whole, is_all ? "=" : ">=", sum);
}

/* A flow that opens without limits has no rows, whatever group it joins. */
static bool records_group(const struct group *group)
{
    for (int64_t number = 1; number < flow_numbers && group->is_shared; number++)
        if (flows[number].group && flows[number].moves && !flows[number].group->tick_us)
            return false;
    return records_all;
}

static void check_flow_ticks(void)
{
    struct csv_reader *csv = csv_reader_open(directory, "flow_ticks.csv");

    while (csv_reader_next(csv))
        check_flow_tick_row(csv);
    csv_reader_free(csv);
    check_flow_sums();
    for (size_t i = 0; i < group_count; i++) {
        bool is_all = records_group(&groups[i]);
        for (size_t t = 0; t < groups[i].tick_count; t++) {
            const struct tick *tick = &groups[i].ticks[t];
            for (int s = 0; s < SIDES; s++) {
                check_tick_sum(tick, delivered_columns[s], is_all && !has_below(&groups[i]),
                               tick->bytes[s], tick->flow_bytes[s]);
                check_tick_sum(tick, "backlog", is_all && !groups[i].false_eofs, tick->backlog[s],
                               tick->flow_backlog[s]);
            }
            check_tick_sum(tick, "backlogged_flows", is_all && !groups[i].false_eofs,
                           tick->backlogged, tick->flow_backlogged);
            if (is_all && tick->flow_rows < tick->members)
                fail("ticks.csv: row %" PRId64 ": %" PRId64 " members have %" PRId64
                     " rows in flow_ticks.csv",
                     tick->row, tick->members, tick->flow_rows);
        }
    }
}

/* --- summary.json again: are its totals the rows' ------------------------------------------ */

static void check_total(const char *name, json_t *object, const char *key, const char *of,
                        int64_t sum)
{
    if (integer(object, key) != sum)
        fail("summary.json: group '%s': %s %" PRId64 " = %s %" PRId64 " does not hold", name, key,
             integer(object, key), of, sum);
}

/* What lay below all filters of what a group's flows delivered, less what flushes drove through. */
static void add_limited(const struct group *group, int s, int64_t *limited)
{
    for (int64_t number = 1; number < flow_numbers; number++)
        if (flows[number].group == group)
            *limited += limited_bytes(number, s);
}

static void check_charged(const struct group *group, json_t *side, int s)
{
    int64_t expected = 0;

    if (!charges_other_bytes)
        return;
    add_limited(group, s, &expected);
    expected += charged_below(group, s);
    if (is_tls)
        expected += integer(side, "handshake_bytes") + integer(side, "record_overhead_bytes");
    if (is_whole || is_tls)
        check_total(group->name, side, "charged_bytes", "handshakes, overhead and delivered",
                    expected);
    else if (integer(side, "charged_bytes") < expected)
        fail("summary.json: group '%s': charged %s bytes >= delivered does not hold", group->name,
             side_names[s]);
}

/* For groups that share flows: their sums together, by both files. */
static void check_shared_totals(void)
{
    static const char *const keys[] = {"offered_bytes", "delivered_bytes", "charged_bytes"};
    int64_t packets = 0;

    for (int s = 0; s < SIDES; s++) {
        int64_t said[3] = {0}, summed[3] = {0};
        for (size_t i = 0; i < group_count; i++) {
            const struct group *group = &groups[i];
            json_t *side = member(group->summary, side_names[s]);
            if (!group->is_shared)
                continue;
            for (int k = 0; k < (charges_other_bytes ? 3 : 2); k++)
                said[k] += integer(side, keys[k]);
            summed[0] += group->offered[s];
            summed[1] += group->delivered[s];
            if (charges_other_bytes) {
                add_limited(group, s, &summed[2]);
                summed[2] += charged_below(group, s);
            }
            if (is_tls)
                summed[2] +=
                    integer(side, "handshake_bytes") + integer(side, "record_overhead_bytes");
            if (s == 0)
                packets += integer(group->summary, "packets") - group->packets;
        }
        for (int k = 0; k < 3; k++)
            if (said[k] != summed[k])
                fail("summary.json: groups that flows moved between: %s %s %" PRId64
                     " = sum of flows.csv %" PRId64 " does not hold",
                     side_names[s], keys[k], said[k], summed[k]);
    }
    if (packets != 0)
        fail("summary.json: groups that flows moved between: packets = sum of flows.csv does not "
             "hold");
}

/* Only where packets wait before they are offered. */
static int64_t withheld_of(json_t *side)
{
    json_t *high = member(member(summary, "settings"), "write_high_bytes");
    bool is_given = json_object_get(side, "withheld_bytes") != NULL;

    if (is_given != (holds_packets || !json_is_null(high)))
        fail("summary.json: withheld bytes where packets wait before they are offered does not "
             "hold");
    return is_given ? integer(side, "withheld_bytes") : 0;
}

/* What a group lost, and what was never due: only for lack of its cause, or of time. */
static void check_losses(const struct group *group)
{
    for (int s = 0; s < SIDES; s++) {
        json_t *side = member(group->summary, side_names[s]);
        json_t *unoffered = member(side, "unoffered_bytes");
        int64_t withheld = withheld_of(side);
        if (withheld < 0 || (is_whole && withheld > 0))
            fail("summary.json: group '%s': %" PRId64
                 " %s bytes are withheld, though no flow broke and nothing was cut",
                 group->name, withheld, side_names[s]);
        if (json_is_null(unoffered)) /* the rest of the trace is not known */
            continue;
        int64_t never = json_integer_value(unoffered);
        if (drained ? never != withheld : never < withheld)
            fail("summary.json: group '%s': %" PRId64 " %s bytes not offered are not the %" PRId64
                 " withheld%s",
                 group->name, never, side_names[s], withheld,
                 drained ? "" : " and what was cut off");
        if (!group->is_shared)
            check_total(group->name, side, "undelivered_bytes", "offered - delivered of flows.csv",
                        group->offered[s] - group->delivered[s]);
    }
    if (group->is_shared)
        return;
    check_total(group->name, group->summary, "false_end_of_file_flows", "rows of flows.csv",
                group->false_eof_rows);
    if (holds_packets)
        check_total(group->name, group->summary, "broken_flows", "rows of flows.csv",
                    group->broken_rows);
}

static int64_t withheld_bytes(void)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < group_count; i++)
        for (int s = 0; s < SIDES; s++)
            bytes += withheld_of(member(groups[i].summary, side_names[s]));
    return bytes;
}

static void check_group_totals(const struct group *group)
{
    json_t *object = group->summary;
    int64_t last_tick = group->tick_count ? group->ticks[group->tick_count - 1].tick : -1;

    check_total(group->name, object, "flows", "rows of flows.csv", group->flows);
    if (!group->is_shared)
        check_total(group->name, object, "packets", "sum of flows.csv", group->packets);
    if (!skips_idle)
        check_total(group->name, object, "ticks", "rows of ticks.csv", (int64_t)group->tick_count);
    else if (integer(object, "ticks") <= last_tick)
        fail("summary.json: group '%s': ticks > the last tick's number does not hold", group->name);
    if (integer(object, "peak_members") < group->peak_members)
        fail("summary.json: group '%s': peak_members >= members does not hold", group->name);
    for (int s = 0; s < SIDES; s++) {
        json_t *side = member(object, side_names[s]);
        if (!group->is_shared) {
            check_total(group->name, side, "offered_bytes", "sum of flows.csv", group->offered[s]);
            check_total(group->name, side, "delivered_bytes", "sum of flows.csv",
                        group->delivered[s]);
            check_charged(group, side, s);
        }
        if (group->tick_us)
            check_total(group->name, side, "peak_tick_bytes", "largest of ticks.csv",
                        group->peak_bytes[s]);
        if (integer(side, "peak_backlog_bytes") < group->peak_backlog[s])
            fail("summary.json: group '%s': peak %s backlog >= backlog does not hold", group->name,
                 side_names[s]);
        if (!group->is_shared && !json_is_null(member(side, "delay_max_s")) &&
            time_us(side, "delay_max_s") != group->delay_max_us[s])
            fail("summary.json: group '%s': largest %s delay is not that of flows.csv", group->name,
                 side_names[s]);
    }
}

/* How often each flow of the trace was replayed. */
static int64_t copies(void)
{
    int64_t count = integer(member(summary, "settings"), "copies");

    if (count < 1)
        fail("summary.json: settings: copies: %" PRId64, count);
    return count;
}

/* Of the trace, once for each copy. */
static void check_replayed(json_t *trace, const char *key, const char *of, int64_t sum)
{
    if (copies() * integer(trace, key) != sum)
        fail("summary.json: trace: %s %" PRId64 ", %" PRId64 " times, is not %s %" PRId64, key,
             integer(trace, key), copies(), of, sum);
}

/* TCP payload was offered, or captured before; each flow has its responder by one rule. */
static void check_streams(json_t *trace)
{
    const char *counted = json_string_value(member(member(summary, "settings"), "count")), *rule;
    int64_t again = integer(trace, "retransmitted_bytes") + integer(trace, "duplicate_bytes");
    int64_t decided = 0;
    json_t *count;

    if (!counted)
        fail("summary.json: settings: no count");
    if (strcmp(counted, "stream") == 0)
        check_replayed(trace, "tcp_payload_bytes",
                       "offered to TCP or withheld, and captured before",
                       tcp_offered_bytes + withheld_bytes() + copies() * again);
    else if (strcmp(counted, "payload") == 0)
        check_replayed(trace, "tcp_payload_bytes", "offered to TCP or withheld",
                       tcp_offered_bytes + withheld_bytes());
    json_object_foreach(member(trace, "responders_by"), rule, count) decided +=
        json_integer_value(count);
    if (decided * copies() != flow_count)
        fail("summary.json: responders_by: %" PRId64 " flows, but flows.csv has %" PRId64, decided,
             flow_count);
}

static void check_trace_totals(void)
{
    json_t *trace = member(summary, "trace");
    int64_t packets = 0, bytes = 0, skipped = 0;
    const char *reason;
    json_t *count;

    for (size_t i = 0; i < group_count; i++) {
        packets += groups[i].packets;
        bytes += groups[i].offered[0] + groups[i].offered[1];
    }
    json_object_foreach(member(trace, "skipped_packets"), reason, count) skipped +=
        json_integer_value(count);
    if (integer(trace, "packets") != integer(trace, "replayed_packets") + skipped)
        fail("summary.json: packets = replayed + skipped does not hold");
    if (!drained)
        return; /* the trace was read ahead, or not to its end */
    check_replayed(trace, "flows", "rows of flows.csv", flow_count);
    check_replayed(trace, "replayed_packets", "sum of flows.csv", packets);
    check_replayed(trace, "bytes", "offered bytes of flows.csv, and withheld",
                   bytes + withheld_bytes());
    check_replayed(trace, "retransmitted_bytes", "sum of flows.csv", retransmitted_bytes);
    check_streams(trace);
}

static struct exchange_flow exchange_flow_of(int64_t number)
{
    bool is_there = number < flow_numbers && flows[number].group;
    const struct flow *flow = is_there ? &flows[number] : NULL;
    json_t *shape = json_object_get(json_object_get(summary, "settings"), "shape");
    int requests = strcmp(json_string_value(shape), "initiator") == 0;

    if (!flow)
        return (struct exchange_flow){.group = NULL};
    return (struct exchange_flow){
        .group = flow->group->name,
        .is_tcp = flow->is_tcp,
        .moves = flow->moves,
        .has_lost = flow->has_false_eof,
        .start_us = flow->start_us,
        .end_us = flow->end_us,
        .offered_bytes = {flow->offered[requests], flow->offered[!requests]}};
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: check_run DIR\n", stderr);
        return 2;
    }
    directory = argv[1];
    run_events_read(directory);
    read_summary();
    run_filters_read(directory, filter_count, is_whole);
    check_flows();
    note_moves();
    check_filters();
    check_ticks();
    check_flow_ticks();
    for (size_t i = 0; i < group_count; i++) {
        check_group_totals(&groups[i]);
        check_losses(&groups[i]);
    }
    check_shared_totals();
    check_trace_totals();
    run_delays_check(directory, summary, end_us);
    run_exchanges_check(directory, summary, is_whole, exchange_flow_of);
    run_exchanges_free();
    run_events_free();
    run_filters_free();
    for (size_t i = 0; i < group_count; i++)
        free(groups[i].ticks);
    free(flows);
    json_decref(summary);
    return 0;
}
