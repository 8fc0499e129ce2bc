#include "sim/account/run_table_responses.h"

#include <inttypes.h>

#include "sim/account/run_figures.h"
#include "sim/base/units.h"

#define PERCENTILES 4

static const unsigned per_milles[PERCENTILES] = {500, 900, 990, PER_MILLE_MAX};

/* A row: `number` of what, of which `never` came to an end; the others' times in us, or millionths
 * without a unit. */
struct row {
    const char *group, *figure;
    bool has_number;
    uint64_t number, never;
    bool is_factor;
    int64_t values[PERCENTILES]; /* TIME_NONE, TIME_INFINITE: as response_times.h has it */
};

static void print_value(char text[UNIT_TEXT_BYTES], const struct row *row, int64_t value)
{
    if (value == TIME_NONE)
        snprintf(text, UNIT_TEXT_BYTES, "-");
    else if (value == TIME_INFINITE)
        snprintf(text, UNIT_TEXT_BYTES, "never");
    else if (row->is_factor)
        snprintf(text, UNIT_TEXT_BYTES, "%.4g", (double)value / SLOWDOWN_ONE);
    else
        unit_print_time(text, value);
}

static void print_row(const struct row *row, FILE *out)
{
    char number[24] = "", never[24] = "", texts[PERCENTILES][UNIT_TEXT_BYTES];

    if (row->has_number) {
        snprintf(number, sizeof(number), "%" PRIu64, row->number);
        snprintf(never, sizeof(never), "%" PRIu64, row->never);
    }
    for (int p = 0; p < PERCENTILES; p++)
        print_value(texts[p], row, row->values[p]);
    fprintf(out, "%-10s  %-13s %9s %8s %10s %10s %10s %10s\n", row->group, row->figure, number,
            never, texts[0], texts[1], texts[2], texts[3]);
}

static void print_waiting(struct row row, const struct waiting_times *times, FILE *out)
{
    row.has_number = true;
    row.number = times->complete.packets + times->incomplete;
    row.never = times->incomplete;
    for (int p = 0; p < PERCENTILES; p++)
        row.values[p] = waiting_times_percentile(times, per_milles[p]);
    print_row(&row, out);
}

static void print_known(struct row row, const struct delay_histogram *times, FILE *out)
{
    for (int p = 0; p < PERCENTILES; p++)
        row.values[p] = captured_times_percentile_us(times, per_milles[p]);
    print_row(&row, out);
}

static void print_added(struct row row, const struct response_times *times, FILE *out)
{
    for (int p = 0; p < PERCENTILES; p++)
        row.values[p] = response_times_added_us(times, per_milles[p]);
    print_row(&row, out);
}

/* In open replay packets are behind by their delay. */
static void print_behind(const struct run_config *config, const struct group_totals *group,
                         FILE *out)
{
    static const char *const delays[SHAPER_DIRECTIONS] = {"read delay", "write delay"};
    static const char *const behind[SHAPER_DIRECTIONS] = {"  behind", "  behind"};

    for (int d = 0; config->is_closed_loop && d < SHAPER_DIRECTIONS; d++) {
        if (group->delays[d].packets == 0)
            continue;
        print_known((struct row){.group = "", .figure = delays[d]}, &group->delays[d], out);
        print_known((struct row){.group = "", .figure = behind[d]},
                    run_behind(config, group, (enum shaper_direction)d), out);
    }
}

static void print_group(const struct run_config *config, const struct group_totals *group,
                        FILE *out)
{
    const struct response_times *responses = &group->responses;

    print_waiting((struct row){.group = group->name, .figure = "response"}, &responses->response,
                  out);
    print_known((struct row){.group = "", .figure = "  captured"}, &responses->captured, out);
    print_added((struct row){.group = "", .figure = "  added"}, responses, out);
    print_waiting((struct row){.group = "", .figure = "  slowdown", .is_factor = true},
                  &responses->slowdown, out);
    print_waiting((struct row){.group = "", .figure = "completion"}, &group->completion.completion,
                  out);
    print_known((struct row){.group = "", .figure = "  captured"}, &group->completion.captured,
                out);
    print_behind(config, group, out);
}

/* --- the slowest exchanges ------------------------------------------------------------------- */

static bool is_slowed(const struct response *response)
{
    return response->response_us < 0 || response->response_us > response->captured_response_us;
}

static void print_end(uint8_t ip_version, const struct endpoint *end, FILE *out)
{
    char address[ADDRESS_TEXT_BYTES];

    address_print(address, ip_version, end);
    fprintf(out, ip_version == 4 ? "%s:%u" : "[%s]:%u", address, (unsigned)end->port);
}

static void print_slowest(const struct response *response, FILE *out)
{
    char time[UNIT_TEXT_BYTES] = "never", captured[UNIT_TEXT_BYTES], start[UNIT_TEXT_BYTES];

    fprintf(out, "  ");
    print_end(response->ip_version, &response->initiator, out);
    fprintf(out, " -> ");
    print_end(response->ip_version, &response->responder, out);
    fprintf(out, ", exchange %" PRIu64 " of flow %" PRIu64, response->exchange, response->flow);
    if (response->start_us >= 0) {
        unit_print_time(start, response->start_us);
        fprintf(out, " at %s", start);
    }
    unit_print_time(captured, response->captured_response_us);
    if (response->response_us >= 0)
        unit_print_time(time, response->response_us);
    fprintf(out, ": %s instead of %s\n", time, captured);
}

/* --- notes ----------------------------------------------------------------------------------- */

static void note_withheld(const struct group_totals *group, FILE *out)
{
    char read[UNIT_TEXT_BYTES], written[UNIT_TEXT_BYTES];

    if (group->withheld_bytes[SHAPER_READ] == 0 && group->withheld_bytes[SHAPER_WRITE] == 0)
        return;
    unit_print_size(read, group->withheld_bytes[SHAPER_READ]);
    unit_print_size(written, group->withheld_bytes[SHAPER_WRITE]);
    fprintf(out,
            "%s: %s (read) and %s (write) were never due, as what they react to did not come\n",
            group->name, read, written);
}

static void note_growth(const struct group_totals *group, FILE *out)
{
    char delay[UNIT_TEXT_BYTES], time[UNIT_TEXT_BYTES] = "for ever", captured[UNIT_TEXT_BYTES];
    int64_t completion_us = waiting_times_percentile(&group->completion.completion, 990);

    if (!run_completion_outgrows_delay(group))
        return;
    unit_print_time(delay, run_longest_delay_p99_us(group));
    unit_print_time(captured, captured_times_percentile_us(&group->completion.captured, 990));
    if (completion_us != TIME_INFINITE)
        unit_print_time(time, completion_us);
    fprintf(out,
            "%s: small delays (p99 %s), as packets are due later: flows take %s, not %s (p99)\n",
            group->name, delay, time, captured);
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool has_exchanges(const struct group_totals *group)
{
    return response_times_exchanges(&group->responses) > 0;
}

void run_table_print_responses(const struct summary *summary, FILE *out)
{
    const struct outcome *outcome = summary->outcome;
    struct response slowest[SLOWEST_MAX];
    size_t count = 0;
    bool has_any = false;

    for (size_t i = 0; i < outcome->group_count; i++)
        has_any = has_any || has_exchanges(outcome->groups[i]);
    if (!has_any)
        return;
    fprintf(out, "\n%-10s  %-13s %9s %8s %10s %10s %10s %10s\n", "group", "figure", "number",
            "never", "p50", "p90", "p99", "max");
    for (size_t i = 0; i < outcome->group_count; i++) {
        const struct response_times *responses = &outcome->groups[i]->responses;
        if (has_exchanges(outcome->groups[i]))
            print_group(summary->config, outcome->groups[i], out);
        for (size_t s = 0; s < responses->slowest_count; s++)
            response_rank_slowest(slowest, &count, &responses->slowest[s]);
    }
    for (size_t s = 0; s < count && is_slowed(&slowest[s]); s++) {
        if (s == 0)
            fprintf(out, "\nslowest exchanges, by the time added\n");
        print_slowest(&slowest[s], out);
    }
    for (size_t i = 0; i < outcome->group_count; i++) {
        note_withheld(outcome->groups[i], out);
        note_growth(outcome->groups[i], out);
    }
}
