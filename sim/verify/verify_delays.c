#include "sim/verify/verify_delays.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/metrics/delays.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_rows.h"

#define SECOND_US INT64_C(1000000)

/* Packets by step of delay: as delays.csv has them, and with the shortest and the longest delays
 * that the seconds allow. */
enum counted { OF_RUN, SHORTEST, LONGEST, COUNTED };

/* A group and direction. */
struct delays_of {
    int64_t packets, second_packets;
    int64_t last_us;               /* of the row before; -1: none */
    int64_t largest_us;            /* of the seconds */
    int64_t (*steps)[DELAY_STEPS]; /* COUNTED of them; NULL: no rows */
};

struct verified_delays {
    struct delays_of of[GROUPS_MAX + 1][SHAPER_DIRECTIONS];
    int64_t last_second; /* with the group and direction of that row: */
    size_t last_place;
};

struct delays_pass {
    struct verification *verification;
    struct csv_reader *reader;
    int columns[DELAYS_TIME_COLUMNS]; /* at least as many as those of delays.csv */
};

static void expect(const struct delays_pass *pass, int column, bool holds, const char *why)
{
    verify_true(pass->verification, CHECK_DELAYS, pass->reader, pass->columns[column], holds, why);
}

/* The row's group and direction; *place orders them. NULL: there is none, or no memory for it. */
static struct delays_of *read_place(struct delays_pass *pass, int group_column,
                                    int direction_column, size_t *place)
{
    struct verification *v = pass->verification;
    const struct verified_group *group =
        verify_group(v, csv_reader_text(pass->reader, pass->columns[group_column]));
    int d = verify_read_direction(v, CHECK_DELAYS, pass->reader, pass->columns[direction_column]);

    expect(pass, group_column, group != NULL, "a group of the command");
    if (!group || d < 0)
        return NULL;
    *place = SHAPER_DIRECTIONS * group->index + (size_t)d;
    struct delays_of *of = &v->delays->of[group->index][d];
    if (!of->steps)
        of->steps = verify_allocate(v, csv_reader_file(pass->reader), COUNTED, sizeof(*of->steps));
    return of->steps ? of : NULL;
}

static bool is_edge(int64_t us)
{
    return us == delay_step_edge_us(delay_step_number(us));
}

static bool take_delay(struct delays_pass *pass)
{
    struct csv_reader *reader = pass->reader;
    int64_t us = csv_reader_time_us(reader, pass->columns[DELAYS_DELAY]);
    int64_t packets = csv_reader_count(reader, pass->columns[DELAYS_PACKETS]);
    size_t place;
    struct delays_of *of = read_place(pass, DELAYS_GROUP, DELAYS_DIRECTION, &place);

    if (!of || !verify_read_well(pass->verification, reader))
        return false;
    expect(pass, DELAYS_DELAY,
           us >= 0 && (of->packets == 0 || (us > of->last_us && is_edge(of->last_us))),
           "delays ascend by their steps, and only the largest is within one");
    expect(pass, DELAYS_PACKETS, packets > 0, "packets had that delay");
    if (us < 0)
        return false;
    of->last_us = us;
    of->packets += packets;
    of->steps[OF_RUN][delay_step_number(us)] += packets;
    return true;
}

/* --- delays_time.csv ------------------------------------------------------------------------- */

static void check_second(struct delays_pass *pass, size_t place, int64_t second, int64_t packets)
{
    struct verified_delays *delays = pass->verification->delays;

    expect(pass, DELAYS_TIME_SECOND,
           second > delays->last_second ||
               (second == delays->last_second && place > delays->last_place),
           "rows come by second, group and direction");
    expect(pass, DELAYS_TIME_SECOND, second <= pass->verification->end_us / SECOND_US,
           "a second of the run");
    expect(pass, DELAYS_TIME_PACKETS, packets > 0, "a second has a row if it has packets");
    delays->last_second = second;
    delays->last_place = place;
}

/* Of the packets, ordered by delay, the one of a percentile and those after it have no shorter
 * delay, and it and those before it no longer one. */
static void add_second(struct delays_of *of, int64_t packets, const int64_t us[3])
{
    const int64_t ranks[3] = {(int64_t)delay_rank((uint64_t)packets, 500),
                              (int64_t)delay_rank((uint64_t)packets, 990), packets};
    int64_t rank = 0, shortest_us = 0, shortest_rank = 0;

    for (int i = 0; i < 3; i++) {
        of->steps[LONGEST][delay_step_number(us[i])] += ranks[i] - rank;
        of->steps[SHORTEST][delay_step_number(shortest_us)] += ranks[i] - 1 - shortest_rank;
        rank = ranks[i];
        shortest_us = us[i];
        shortest_rank = ranks[i] - 1;
    }
    of->steps[SHORTEST][delay_step_number(us[2])]++;
    of->second_packets += packets;
    of->largest_us = max_i64(of->largest_us, us[2]);
}

static bool take_second(struct delays_pass *pass)
{
    static const int columns[3] = {DELAYS_TIME_P50, DELAYS_TIME_P99, DELAYS_TIME_MAX};
    struct csv_reader *reader = pass->reader;
    int64_t second = csv_reader_count(reader, pass->columns[DELAYS_TIME_SECOND]);
    int64_t packets = csv_reader_count(reader, pass->columns[DELAYS_TIME_PACKETS]);
    int64_t us[3];
    size_t place;
    struct delays_of *of = read_place(pass, DELAYS_TIME_GROUP, DELAYS_TIME_DIRECTION, &place);

    for (int i = 0; i < 3; i++)
        us[i] = csv_reader_time_us(reader, pass->columns[columns[i]]);
    if (!of || !verify_read_well(pass->verification, reader))
        return false;
    check_second(pass, place, second, packets);
    for (int i = 0; i < 3; i++)
        expect(pass, columns[i],
               us[i] >= (i > 0 ? us[i - 1] : 0) && us[i] <= us[2] &&
                   (is_edge(us[i]) || us[i] == us[2]),
               "p50 <= p99 <= max, each at the end of its step or the largest");
    if (packets == 0 || us[0] < 0 || us[1] < us[0] || us[2] < us[1])
        return false;
    add_second(of, packets, us);
    return true;
}

/* --- together -------------------------------------------------------------------------------- */

static bool read_rows(struct verification *v, enum run_file file,
                      bool (*take)(struct delays_pass *))
{
    struct delays_pass pass = {.verification = v, .reader = verify_open(v, run_file_names[file])};
    bool good = true;

    if (!pass.reader)
        return false;
    csv_table_find_each(run_tables[file], pass.reader, pass.columns);
    while (good && csv_reader_next(pass.reader))
        good = take(&pass);
    good = verify_read_well(v, pass.reader) && good;
    csv_reader_free(pass.reader);
    return good;
}

static void check_seconds(struct verification *v, const struct verified_group *group, int d)
{
    const struct delays_of *of = &v->delays->of[group->index][d];
    int64_t run = 0, shortest = 0, longest = 0;

    if (of->packets != of->second_packets || of->last_us != of->largest_us)
        check_fails(v->checks, CHECK_DELAYS,
                    "delays_time.csv: group %s: %s: %" PRId64
                    " packets, delayed by %.6f s at most, "
                    "but %" PRId64 " and %.6f s in delays.csv",
                    group->name, verify_direction(d), of->second_packets,
                    (double)of->largest_us / 1e6, of->packets, (double)of->last_us / 1e6);
    for (uint32_t step = 0; of->steps && step < DELAY_STEPS; step++) {
        run += of->steps[OF_RUN][step];
        shortest += of->steps[SHORTEST][step];
        longest += of->steps[LONGEST][step];
        if (run >= longest && run <= shortest)
            continue;
        check_fails(v->checks, CHECK_DELAYS,
                    "delays_time.csv: group %s: %s: its seconds have from %" PRId64 " to %" PRId64
                    " packets with a delay of up to %.6f s, but %" PRId64 " are in delays.csv",
                    group->name, verify_direction(d), longest, shortest,
                    (double)delay_step_edge_us(step) / 1e6, run);
        return;
    }
    check_holds(v->checks, CHECK_DELAYS);
}

static int64_t percentile_us(const struct delays_of *of, unsigned per_mille)
{
    int64_t rank = (int64_t)delay_rank((uint64_t)of->packets, per_mille), packets = 0;

    for (uint32_t step = 0; of->steps && step < DELAY_STEPS; step++) {
        packets += of->steps[OF_RUN][step];
        if (packets >= rank && packets > 0)
            return min_i64(delay_step_edge_us(step), of->last_us);
    }
    return -1;
}

static void check_summary(struct verification *v, const struct verified_group *group, int d)
{
    static const struct {
        const char *key;
        unsigned per_mille;
    } figures[] = {
        {"delay_p50_s", 500}, {"delay_p90_s", 900}, {"delay_p99_s", 990}, {"delay_max_s", 1000}};
    json_t *direction = json_object_get(group->summary, verify_direction(d));

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        int64_t found_us = verify_summary_time_us(direction, figures[i].key);
        int64_t us = percentile_us(&v->delays->of[group->index][d], figures[i].per_mille);
        if (found_us != us)
            check_fails(v->checks, CHECK_DELAYS,
                        "summary.json: group %s: %s: %s: %.6f s, but %.6f s expected: recomputed "
                        "from delays.csv",
                        group->name, verify_direction(d), figures[i].key, (double)found_us / 1e6,
                        (double)us / 1e6);
        check_holds(v->checks, CHECK_DELAYS);
    }
}

void verify_delays(struct verification *v)
{
    if (v->is_broken)
        return;
    v->delays = verify_allocate(v, run_file_names[RUN_DELAYS], 1, sizeof(*v->delays));
    if (!v->delays)
        return;
    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            v->delays->of[i][d].last_us = v->delays->of[i][d].largest_us = -1;
    v->delays->last_second = -1;
    if (!read_rows(v, RUN_DELAYS, take_delay) || !read_rows(v, RUN_DELAYS_TIME, take_second))
        return;
    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            check_seconds(v, &v->groups[i], d);
            check_summary(v, &v->groups[i], d);
        }
}

void verify_delays_free(struct verification *v)
{
    if (!v->delays)
        return;
    for (size_t i = 0; i < v->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            free(v->delays->of[i][d].steps);
    free(v->delays);
}
