#include "tests/program/run_delays.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/program/csv_reader.h"
#include "tests/program/fail.h"

#define GROUPS_MAX 65
#define SIDES      2

static const char *const side_names[SIDES] = {"read", "write"};

/* A group's in one direction. */
struct delays {
    struct delay {
        int64_t us, packets;
    } * rows; /* of delays.csv */
    size_t count, room;
    int64_t packets;
    int64_t last_second, second_packets, longest_us; /* of delays_time.csv */
};

static struct delay_group {
    const char *name;
    struct delays sides[SIDES];
} groups[GROUPS_MAX];
static size_t group_count;

static struct delays *delays_of(const struct csv_reader *csv)
{
    size_t i = 0;
    int s = 0;

    while (i < group_count && strcmp(groups[i].name, csv_reader_text(csv, "group")) != 0)
        i++;
    while (s < SIDES && strcmp(side_names[s], csv_reader_text(csv, "direction")) != 0)
        s++;
    if (i == group_count || s == SIDES)
        csv_reader_fail(csv, "no such group and direction");
    return &groups[i].sides[s];
}

static void take_delay(const struct csv_reader *csv)
{
    struct delays *of = delays_of(csv);
    struct delay row = {csv_reader_time_us(csv, "delay_s"), csv_reader_integer(csv, "packets")};

    if (row.packets < 1 || row.us < (of->count > 0 ? of->rows[of->count - 1].us + 1 : 0))
        csv_reader_fail(csv, "delays of packets ascend: that does not hold");
    if (of->count == of->room) {
        of->room = of->room ? 2 * of->room : 64;
        of->rows = realloc(of->rows, of->room * sizeof(*of->rows));
        if (!of->rows)
            csv_reader_fail(csv, "out of memory");
    }
    of->rows[of->count++] = row;
    of->packets += row.packets;
}

static void take_second(const struct csv_reader *csv, int64_t end_us)
{
    struct delays *of = delays_of(csv);
    int64_t second = csv_reader_integer(csv, "second");
    int64_t packets = csv_reader_integer(csv, "packets");
    int64_t p50_us = csv_reader_time_us(csv, "delay_p50_s");
    int64_t p99_us = csv_reader_time_us(csv, "delay_p99_s");
    int64_t max_us = csv_reader_time_us(csv, "delay_max_s");

    if (second <= of->last_second || second > end_us / 1000000)
        csv_reader_fail(csv, "last second < second <= the run's end does not hold");
    if (packets < 1 || p50_us < 0 || p50_us > p99_us || p99_us > max_us)
        csv_reader_fail(csv, "packets > 0 and p50 <= p99 <= max do not hold");
    of->last_second = second;
    of->second_packets += packets;
    if (max_us > of->longest_us)
        of->longest_us = max_us;
}

/* Of the packets, sorted by delay, the one at `share` of them, in delays.csv. */
static int64_t percentile_us(const struct delays *of, int64_t share, int64_t of_all)
{
    int64_t seen = 0;

    for (size_t i = 0; i < of->count; i++) {
        seen += of->rows[i].packets;
        if (seen * of_all >= of->packets * share)
            return of->rows[i].us;
    }
    return -1;
}

static void check_side(const struct delay_group *group, int s, json_t *side)
{
    static const struct {
        const char *key;
        int64_t share;
    } figures[] = {
        {"delay_p50_s", 50}, {"delay_p90_s", 90}, {"delay_p99_s", 99}, {"delay_max_s", 100}};
    const struct delays *of = &group->sides[s];

    if (of->second_packets != of->packets)
        fail("delays_time.csv: group '%s': %s: %" PRId64 " packets, but %" PRId64 " in delays.csv",
             group->name, side_names[s], of->second_packets, of->packets);
    if (of->count > 0 && of->longest_us != of->rows[of->count - 1].us)
        fail("delays_time.csv: group '%s': %s: longest delay is not that of delays.csv",
             group->name, side_names[s]);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        json_t *value = json_object_get(side, figures[i].key);
        int64_t us = json_is_number(value) ? llround(json_number_value(value) * 1e6) : -1;
        if (us != percentile_us(of, figures[i].share, 100))
            fail("summary.json: group '%s': %s: %s is not that of delays.csv", group->name,
                 side_names[s], figures[i].key);
    }
}

void run_delays_check(const char *directory, json_t *summary, int64_t end_us)
{
    json_t *list = json_object_get(summary, "groups"), *group;
    struct csv_reader *csv = csv_reader_open(directory, "delays.csv");
    size_t i;

    group_count = json_array_size(list) < GROUPS_MAX ? json_array_size(list) : GROUPS_MAX;
    json_array_foreach(list, i, group)
    {
        groups[i].name = json_string_value(json_object_get(group, "name"));
        for (int s = 0; s < SIDES; s++)
            groups[i].sides[s].last_second = -1;
    }
    while (csv_reader_next(csv))
        take_delay(csv);
    csv_reader_free(csv);
    csv = csv_reader_open(directory, "delays_time.csv");
    while (csv_reader_next(csv))
        take_second(csv, end_us);
    csv_reader_free(csv);
    json_array_foreach(list, i, group) for (int s = 0; s < SIDES; s++)
    {
        check_side(&groups[i], s, json_object_get(group, side_names[s]));
        free(groups[i].sides[s].rows);
    }
}
