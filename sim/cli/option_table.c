#include "sim/cli/option_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/suggestion.h"
#include "sim/base/units.h"
#include "sim/config/events.h"

/* --- setters ----------------------------------------------------------------------------- */

bool option_word(const char *argument, size_t index, char word[OPTION_WORD_BYTES])
{
    while (argument && *argument) {
        size_t length = strcspn(argument, "|,");
        bool is_word = islower((unsigned char)*argument) || isdigit((unsigned char)*argument);
        if (is_word && index-- == 0) {
            snprintf(word, OPTION_WORD_BYTES, "%.*s", (int)length, argument);
            return true;
        }
        argument += length + (argument[length] ? 1 : 0);
    }
    return false;
}

/* "; did you mean socket?", or "". */
static const char *suggest_word(const char *argument, const char *typed,
                                char suggested[SUGGESTION_TEXT_BYTES])
{
    char words[OPTION_WORDS_MAX][OPTION_WORD_BYTES];
    struct suggestion suggestion = suggestion_of(typed);

    for (size_t i = 0; i < OPTION_WORDS_MAX && option_word(argument, i, words[i]); i++)
        suggestion_try(&suggestion, words[i]);
    return suggestion_text(&suggestion, "", suggested);
}

/* The index of the value among the words of its argument; -1: none of them. */
static int pick(const struct option_use *use, const char *value)
{
    char word[OPTION_WORD_BYTES], list[128] = "", suggested[SUGGESTION_TEXT_BYTES];

    for (size_t i = 0; option_word(use->argument, i, word); i++) {
        if (strcmp(value, word) == 0)
            return (int)i;
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", word);
    }
    sim_fail(use->error, SIM_MISUSE, "%s %s: not one of %s%s", use->what, value, list,
             suggest_word(use->argument, value, suggested));
    return -1;
}

static struct flow_source_options *source_of(struct parsed_options *parsed)
{
    return parsed->command == COMMAND_TRACE_INFO ? &parsed->info.source : &parsed->run.source;
}

/* The group "all" is after the other groups until parsing has ended. */
static int set_limit(struct parsed_options *parsed, const struct option_use *use)
{
    return limit_set(&parsed->run.specs[GROUPS_MAX - 1], use->name, use->what, use->value,
                     use->error);
}

static int set_group(struct parsed_options *parsed, const struct option_use *use)
{
    struct run_config *run = &parsed->run;

    if (run->groups == GROUPS_MAX - 1)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: more than %d groups", use->what, use->value,
                        GROUPS_MAX - 1);
    if (parsed->command & (COMMAND_SWEEP | COMMAND_ADVISE))
        return SIM_OK; /* keys missing here may be varied: they are read with each setting */
    int status = group_config_parse(use->value, &run->specs[run->groups], use->error);
    if (status == SIM_OK)
        run->groups++;
    return status;
}

static int set_output(struct parsed_options *parsed, const struct option_use *use)
{
    if (!*use->value)
        return sim_fail(use->error, SIM_MISUSE, "%s: names nothing; give a path", use->what);
    if (parsed->command == COMMAND_TRACE_SYNTH)
        parsed->synth.output = use->value;
    else
        parsed->run.output_directory = use->value;
    return SIM_OK;
}

static int set_force(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.force = true;
    return SIM_OK;
}

static int set_quiet(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.quiet = true;
    parsed->report.is_quiet = true;
    return SIM_OK;
}

static int set_help(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->wants_help = true;
    return SIM_OK;
}

static int set_seed(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t seed;
    int status = unit_count(use->what, use->value, 0, INT64_C(1000000000000), &seed, use->error);

    if (status != SIM_OK)
        return status;
    parsed->run.seed = seed;
    parsed->synth.spec.seed = (uint64_t)seed;
    return SIM_OK;
}

static int set_transport(struct parsed_options *parsed, const struct option_use *use)
{
    static const enum shaper_transport transports[] = {
        SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET, SHAPER_TRANSPORT_TLS};
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    parsed->run.transport = transports[which];
    return SIM_OK;
}

static int set_dirty_shutdown(struct parsed_options *parsed, const struct option_use *use)
{
    static const enum shaper_tls_end ends[] = {SHAPER_TLS_END_DIRTY_ALLOWED, SHAPER_TLS_END_DIRTY,
                                               SHAPER_TLS_END_CLOSE_NOTIFY};
    int which = use->value ? pick(use, use->value) : 1;

    if (which < 0)
        return SIM_MISUSE;
    parsed->run.tls_end = ends[which];
    return SIM_OK;
}

static int set_tls_version(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.tls_version = which == 0 ? SHAPER_TLS_1_2 : SHAPER_TLS_1_3;
    parsed->run.has_tls_version = true;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_scheduler(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which >= 0)
        parsed->run.scheduling.scheduler = (enum shaper_scheduler)which;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_weight(struct parsed_options *parsed, const struct option_use *use)
{
    return scheduling_add_weight(&parsed->run.scheduling, use->what, use->value, use->error);
}

static int set_clock(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.clock = which == 1 ? SIM_CLOCK_REAL : SIM_CLOCK_VIRTUAL;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_replay(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.is_closed_loop = which == 0;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_shape(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.shape_initiator = which == 1;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_count(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    source_of(parsed)->count = (enum count_mode)which;
    return SIM_OK;
}

static int set_filter(struct parsed_options *parsed, const struct option_use *use)
{
    source_of(parsed)->filter = use->value;
    return SIM_OK;
}

static int set_responder(struct parsed_options *parsed, const struct option_use *use)
{
    source_of(parsed)->responder = use->value;
    return SIM_OK;
}

/* A time above 0. */
static int positive_time(const char *what, const char *value, int64_t *us, char *error)
{
    int status = unit_time_us(what, value, us, error);

    if (status == SIM_OK && *us == 0)
        return sim_fail(error, SIM_MISUSE, "%s %s: must be above 0; leave it out for no limit",
                        what, value);
    return status;
}

static int set_idle_timeout(struct parsed_options *parsed, const struct option_use *use)
{
    return positive_time(use->what, use->value, &source_of(parsed)->idle_timeout_us, use->error);
}

static int set_max_single(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t bytes;
    int status = unit_size_bytes(use->what, use->value, &bytes, use->error);

    if (status != SIM_OK)
        return status;
    if (bytes < 1 || bytes > SHAPER_LIMIT_MAX_BYTES)
        return sim_fail(
            use->error, SIM_MISUSE,
            "%s %s: must be from 1 to 2147483647 bytes; leave it out for libevent's 16384",
            use->what, use->value);
    parsed->run.max_single_bytes[strcmp(use->name, "max-single-write") == 0] = bytes;
    return SIM_OK;
}

static int set_via(struct parsed_options *parsed, const struct option_use *use)
{
    return application_add_filter(&parsed->run.application, use->what, use->value, use->error);
}

static int set_payload(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.application.has_payload = true;
    if (which >= 0)
        parsed->run.application.payload = (enum payload_kind)which;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_flush(struct parsed_options *parsed, const struct option_use *use)
{
    static const enum shaper_flush modes[] = {SHAPER_FLUSH_NORMAL, SHAPER_FLUSH_FLUSH,
                                              SHAPER_FLUSH_FINISHED};
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    parsed->run.application.flush = modes[which];
    return SIM_OK;
}

static int buffer_size(const struct option_use *use, int64_t least_bytes, int64_t *bytes)
{
    int status = unit_size_bytes(use->what, use->value, bytes, use->error);

    if (status == SIM_OK && (*bytes < least_bytes || *bytes > SHAPER_LIMIT_MAX_BYTES))
        return sim_fail(use->error, SIM_MISUSE,
                        "%s %s: must be from 1 to 2147483647 bytes; leave it out for none",
                        use->what, use->value);
    return status;
}

static int set_watermark(struct parsed_options *parsed, const struct option_use *use)
{
    struct application_config *application = &parsed->run.application;
    const struct {
        const char *name;
        int64_t least_bytes, *bytes;
    } marks[] = {{"write-high", 1, &application->write_high_bytes},
                 {"write-low", 0, &application->write_low_bytes},
                 {"read-high", 1, &application->read_high_bytes},
                 {"read-low", 1, &application->read_low_bytes},
                 {"filter-high", 1, &application->filter_high_bytes}};
    size_t i = 0;

    while (strcmp(use->name, marks[i].name) != 0)
        i++;
    return buffer_size(use, marks[i].least_bytes, marks[i].bytes);
}

static int set_receive_window(struct parsed_options *parsed, const struct option_use *use)
{
    return buffer_size(use, 1, &parsed->run.receive_window_bytes);
}

static int set_timeout(struct parsed_options *parsed, const struct option_use *use)
{
    int direction = strcmp(use->name, "write-timeout") == 0 ? SHAPER_WRITE : SHAPER_READ;

    return positive_time(use->what, use->value, &parsed->run.application.timeout_us[direction],
                         use->error);
}

static int set_max_time(struct parsed_options *parsed, const struct option_use *use)
{
    return positive_time(use->what, use->value, &parsed->run.max_time_us, use->error);
}

static int set_max_flows(struct parsed_options *parsed, const struct option_use *use)
{
    return unit_count(use->what, use->value, 1, MAX_FLOWS_MOST, &source_of(parsed)->max_flows,
                      use->error);
}

static int set_decapsulate(struct parsed_options *parsed, const struct option_use *use)
{
    source_of(parsed)->decapsulate = true;
    (void)use;
    return SIM_OK;
}

static int set_max_gap(struct parsed_options *parsed, const struct option_use *use)
{
    return positive_time(use->what, use->value, &source_of(parsed)->max_gap_us, use->error);
}

static int set_from(struct parsed_options *parsed, const struct option_use *use)
{
    return positive_time(use->what, use->value, &source_of(parsed)->from_us, use->error);
}

static int set_to(struct parsed_options *parsed, const struct option_use *use)
{
    return positive_time(use->what, use->value, &source_of(parsed)->to_us, use->error);
}

static int set_copies(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->run.has_copies = true;
    return unit_count(use->what, use->value, 1, FLOW_COPIES_MOST,
                      &parsed->run.source.schedule.copies, use->error);
}

static int set_spread(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t *spread_us = &parsed->run.source.schedule.spread_us;
    int status = unit_time_us(use->what, use->value, spread_us, use->error);

    parsed->run.has_spread = true;
    if (status == SIM_OK && *spread_us > FLOW_SPREAD_MOST_US)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: longer than a year; use less", use->what,
                        use->value);
    return status;
}

static int set_speed(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t *speed_milli = &parsed->run.source.schedule.speed_milli;
    int64_t millionths = 0;
    const char *end = unit_number(use->value, &millionths);

    *speed_milli = millionths / 1000;
    if (!end || *end || millionths % 1000 != 0 || *speed_milli < 1 ||
        *speed_milli > FLOW_SPEED_MOST)
        return sim_fail(use->error, SIM_MISUSE,
                        "%s %s: write a number from 0.001 to 1000 with up to three decimals, like "
                        "2 or 0.5",
                        use->what, use->value);
    return SIM_OK;
}

static int set_idle_ticks(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.skip_idle_ticks = which == 1;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

/* all, none or a number. */
static int flow_number(const char *what, const char *value, int64_t *flows, char *error)
{
    if (strcmp(value, "all") == 0)
        *flows = FLOW_TICKS_ALL;
    else if (strcmp(value, "none") == 0)
        *flows = 0;
    else if (unit_count(what, value, 0, 1000000, flows, error) != SIM_OK)
        return sim_fail(error, SIM_MISUSE, "%s %s: write all, none or a number up to 1000000", what,
                        value);
    return SIM_OK;
}

static int set_flow_ticks(struct parsed_options *parsed, const struct option_use *use)
{
    return flow_number(use->what, use->value, &parsed->run.flow_ticks, use->error);
}

static int set_exchanges(struct parsed_options *parsed, const struct option_use *use)
{
    return flow_number(use->what, use->value, &parsed->run.exchanges, use->error);
}

static int set_files(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    parsed->run.files = (enum run_files)which;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_compress(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.compress = true;
    return SIM_OK;
}

static int set_write_pcap(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.write_pcap = true;
    return SIM_OK;
}

static int set_info_flows(struct parsed_options *parsed, const struct option_use *use)
{
    return flow_number(use->what, use->value, &parsed->info.flows, use->error);
}

static int set_info_csv(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->info.csv = true;
    return SIM_OK;
}

static int set_synth_source(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.source = (enum synth_source)which;
    return SIM_OK;
}

static int set_synth_direction(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.direction = (enum synth_direction)which;
    return SIM_OK;
}

static int set_synth_protocol(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.protocol = (enum synth_protocol)which;
    return SIM_OK;
}

static int set_synth_rate(struct parsed_options *parsed, const struct option_use *use)
{
    struct rate_value rate;
    int status = unit_rate(use->what, use->value, &rate, use->error);

    if (status != SIM_OK)
        return status;
    if (rate.is_per_tick || rate.microbits_per_s % 8000000 != 0)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: not a whole number of bytes per second",
                        use->what, use->value);
    parsed->synth.spec.rate_bytes_per_s = (uint64_t)(rate.microbits_per_s / 8000000);
    return SIM_OK;
}

static int set_synth_flows(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t flows;
    int status = unit_count(use->what, use->value, 1, SYNTH_FLOWS_MAX, &flows, use->error);

    if (status == SIM_OK)
        parsed->synth.spec.flows = (uint32_t)flows;
    return status;
}

static int set_synth_size(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t bytes;
    int status = unit_size_bytes(use->what, use->value, &bytes, use->error);

    if (status != SIM_OK)
        return status;
    if (bytes > SYNTH_SNAPLEN_MAX)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: at most %d bytes", use->what, use->value,
                        SYNTH_SNAPLEN_MAX);
    if (strcmp(use->name, "packet") == 0)
        parsed->synth.spec.packet_bytes = (uint32_t)bytes;
    else
        parsed->synth.spec.snaplen_bytes = (uint32_t)bytes;
    return SIM_OK;
}

static int set_synth_time(struct parsed_options *parsed, const struct option_use *use)
{
    struct synth_spec *spec = &parsed->synth.spec;
    int64_t us;
    int status = unit_time_us(use->what, use->value, &us, use->error);

    if (status != SIM_OK)
        return status;
    if (strcmp(use->name, "duration") == 0)
        spec->duration_us = (uint64_t)us;
    else if (strcmp(use->name, "spread") == 0)
        spec->spread_us = (uint64_t)us;
    else if (strcmp(use->name, "on") == 0)
        spec->on_us = (uint64_t)us;
    else
        spec->off_us = (uint64_t)us;
    return SIM_OK;
}

static int set_pareto_shape(struct parsed_options *parsed, const struct option_use *use)
{
    char scaled[32];
    int64_t milli;

    /* A shape of 1.5 is 1500 ms to the reader of times: exact, and without a second parser. */
    snprintf(scaled, sizeof(scaled), "%.24sms", use->value);
    if (strlen(use->value) > 24 || unit_time_us(use->what, scaled, &milli, use->error) != SIM_OK ||
        milli > 1000000)
        return sim_fail(use->error, SIM_MISUSE,
                        "%s %s: write a number above 1 with up to three decimals, like 1.5",
                        use->what, use->value);
    parsed->synth.spec.pareto_shape_milli = (uint32_t)milli;
    return SIM_OK;
}

static int set_text(const char *texts[EVENTS_MAX], size_t *count, const struct option_use *use)
{
    if (*count == EVENTS_MAX)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: more than %d of them", use->what,
                        use->value, EVENTS_MAX);
    texts[(*count)++] = use->value;
    return SIM_OK;
}

/* Groups may follow: options about them are read when all are known. */
static int set_at(struct parsed_options *parsed, const struct option_use *use)
{
    return set_text(parsed->run.at, &parsed->run.at_count, use);
}

static int set_background(struct parsed_options *parsed, const struct option_use *use)
{
    return set_text(parsed->run.background_texts, &parsed->run.background_count, use);
}

static int set_initial_tokens(struct parsed_options *parsed, const struct option_use *use)
{
    return initial_tokens_parse(use->what, use->value, &parsed->run.initial_tokens, use->error);
}

static int set_atomic(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.atomic = true;
    return SIM_OK;
}

static int set_vary(struct parsed_options *parsed, const struct option_use *use)
{
    struct sweep_config *sweep = &parsed->sweep;

    if (sweep->vary_count == SWEEP_AXES_MAX)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: more than %d of them", use->what,
                        use->value, SWEEP_AXES_MAX);
    sweep->vary[sweep->vary_count++] = use->value;
    return SIM_OK;
}

static int set_link(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->sweep.link = true;
    return SIM_OK;
}

/* Ranges are read by the command, as values of --vary are. */
static int set_advised_range(struct parsed_options *parsed, const struct option_use *use)
{
    struct advise_config *advise = &parsed->advise;

    if (strcmp(use->name, "tick") == 0)
        advise->ticks = use->value;
    else if (strcmp(use->name, "min-share") == 0)
        advise->min_shares = use->value;
    else if (strcmp(use->name, "rate") == 0)
        advise->rate = use->value;
    else
        advise->bursts = use->value;
    return SIM_OK;
}

static int set_advised_limit(struct parsed_options *parsed, const struct option_use *use)
{
    return advise_limit_parse(use->what, use->value, &parsed->advise, use->error);
}

static int set_at_once(struct parsed_options *parsed, const struct option_use *use)
{
    return unit_count(use->what, use->value, 1, ADVISE_AT_ONCE_MAX, &parsed->advise.at_once,
                      use->error);
}

static int set_seeds(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->sweep.seeds = use->value;
    return sweep_seeds_parse(use->what, use->value, &parsed->sweep.first_seed,
                             &parsed->sweep.seed_count, use->error);
}

static int set_jobs(struct parsed_options *parsed, const struct option_use *use)
{
    return unit_count(use->what, use->value, 1, SWEEP_JOBS_MAX, &parsed->sweep.jobs, use->error);
}

static int set_sample(struct parsed_options *parsed, const struct option_use *use)
{
    return unit_count(use->what, use->value, 1, SWEEP_RUNS_MAX, &parsed->sweep.sample, use->error);
}

static int set_rank(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->sweep.rank = use->value;
    return rank_keys_parse(use->what, use->value, &parsed->sweep.rank_keys, use->error);
}

static int set_rank_by(struct parsed_options *parsed, const struct option_use *use)
{
    int which = pick(use, use->value);

    if (which >= 0)
        parsed->sweep.rank_method = (enum rank_method)which;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_compared_window(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->sweep.fairness_window = use->value;
    return positive_time(use->what, use->value, &parsed->sweep.fairness_window_us, use->error);
}

static int set_print_jobs(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->sweep.print_jobs = true;
    parsed->sweep.prints_slurm = use->value != NULL;
    return use->value && pick(use, use->value) < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_collect(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->sweep.collect = use->value;
    return SIM_OK;
}

static int set_against(struct parsed_options *parsed, const struct option_use *use)
{
    parsed->verify.against = use->value;
    return SIM_OK;
}

static int set_format(struct parsed_options *parsed, const struct option_use *use)
{
    char *list = strdup(use->value), *rest = NULL;
    int status = list ? SIM_OK : sim_fail(use->error, SIM_FAILED, "%s: out of memory", use->what);

    parsed->report.formats = 0;
    for (const char *word = list ? strtok_r(list, ",", &rest) : NULL; word && status == SIM_OK;
         word = strtok_r(NULL, ",", &rest)) {
        int picked = pick(use, word);
        if (picked < 0)
            status = SIM_MISUSE;
        else
            parsed->report.formats |= 1U << picked;
    }
    free(list);
    if (status == SIM_OK && parsed->report.formats == 0)
        status =
            sim_fail(use->error, SIM_MISUSE, "%s: names nothing; give svg, png or pdf", use->what);
    return status;
}

static int set_table(struct parsed_options *parsed, const struct option_use *use)
{
    if (!*use->value)
        return sim_fail(use->error, SIM_MISUSE,
                        "%s: names no column; write like min-share,jain,p99", use->what);
    parsed->report.table = use->value;
    return SIM_OK;
}

/* Whole millimetres. */
static int set_width(struct parsed_options *parsed, const struct option_use *use)
{
    int64_t millionths;
    const char *unit = unit_number(use->value, &millionths);
    int64_t per = unit && strcmp(unit, "mm") == 0 ? 1 : unit && strcmp(unit, "cm") == 0 ? 10 : 0;
    int64_t width_mm =
        per > 0 && millionths <= INT64_C(1000000000) ? millionths * per / 1000000 : 0;

    if (width_mm < REPORT_WIDTH_MM_MIN || width_mm > REPORT_WIDTH_MM_MAX)
        return sim_fail(use->error, SIM_MISUSE,
                        "%s %s: write a length from %dmm to %dmm, like 84mm or 8.4cm", use->what,
                        use->value, REPORT_WIDTH_MM_MIN, REPORT_WIDTH_MM_MAX);
    parsed->report.width_mm = width_mm;
    return SIM_OK;
}

static int set_no_title(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->report.is_untitled = true;
    return SIM_OK;
}

static int set_terminal(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->report.is_terminal = true;
    return SIM_OK;
}

static int set_demand(struct parsed_options *parsed, const struct option_use *use)
{
    static const char *const names[DEMAND_SHORTS] = {[DEMAND_MIN_JAIN] = "min-jain",
                                                     [DEMAND_MAX_P99_DELAY] = "max-p99-delay",
                                                     [DEMAND_MAX_BURST] = "max-burst",
                                                     [DEMAND_MIN_UTILISATION] = "min-utilisation"};
    int which = 0;

    while (strcmp(names[which], use->name) != 0)
        which++;
    return demand_parse_short((enum demand_short)which, use->what, use->value,
                              &parsed->verify.short_demands[which], use->error);
}

static int set_want(struct parsed_options *parsed, const struct option_use *use)
{
    struct demands *wants =
        parsed->command == COMMAND_VERIFY ? &parsed->verify.wants : &parsed->sweep.wants;

    return demands_add(wants, use->what, use->value, use->error);
}

static int set_junit(struct parsed_options *parsed, const struct option_use *use)
{
    if (!*use->value || strcmp(use->value, "-") == 0)
        return sim_fail(use->error, SIM_MISUSE,
                        "%s %s: names no file, and standard output has the table; give a path",
                        use->what, use->value);
    parsed->verify.junit = use->value;
    return SIM_OK;
}

static int set_fairness_window(struct parsed_options *parsed, const struct option_use *use)
{
    return named_windows_add(&parsed->run.fairness_windows, use->what, use->value, use->error);
}

static int set_verify_flag(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->verify.no_hashes = true;
    return SIM_OK;
}

static int set_json(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.json = true;
    parsed->info.json = true;
    parsed->sweep.json = true;
    parsed->verify.json = true;
    return SIM_OK;
}

static int set_print_c(struct parsed_options *parsed, const struct option_use *use)
{
    (void)use;
    parsed->run.prints_c = true;
    return SIM_OK;
}

/* --- the table --------------------------------------------------------------------------- */

#define LIMIT (COMMAND_RUN | COMMAND_SWEEP)
#define RUN   (LIMIT | COMMAND_ADVISE)
#define INFO  COMMAND_TRACE_INFO
#define SYNTH COMMAND_TRACE_SYNTH
#define CHECK COMMAND_VERIFY
#define SWEEP COMMAND_SWEEP
#define MANY  (COMMAND_SWEEP | COMMAND_ADVISE)
#define FIND  COMMAND_ADVISE
#define DRAW  COMMAND_REPORT

#define ONCE       0
#define INCIDENTAL OPTION_INCIDENTAL
#define REPEATABLE OPTION_REPEATABLE
#define LISTED     OPTION_LISTED

#define LIMITS          "Limits of the group \"all\""
#define PER_FLOW_LIMITS "Per-flow limits"
#define GROUPS          "Several groups"
#define EVENTS          "In mid-run"
#define REPLAY          "Replay"
#define FILTERS         "Filters and applications"
#define TRACE           "Trace"
#define OUTPUT          "Output"
#define SOURCE          "Source"
#define CHECKS          "Checks"
#define SETTINGS        "What to compare"
#define JOBS            "How the runs are run"
#define RANKING         "Which setting is best"
#define DEMANDS         "Demands"
#define ADVICE          "What is sought"

static const struct option_entry table[] = {
    {{"rate", 0, "RATE", LIMIT, LIMITS, "fill rate of both buckets, like 10mbit or 1250kB/s"},
     set_limit,
     LISTED},
    {{"burst", 0, "SIZE", LIMIT, LIMITS, "depth of both buckets (default: one tick's worth)"},
     set_limit,
     LISTED},
    {{"read-rate", 0, "RATE", LIMIT, LIMITS,
      "of the read bucket alone: what the shaped end receives"},
     set_limit,
     LISTED},
    {{"read-burst", 0, "SIZE", LIMIT, LIMITS, "of the read bucket alone"}, set_limit, ONCE},
    {{"write-rate", 0, "RATE", LIMIT, LIMITS,
      "of the write bucket alone: what the shaped end sends"},
     set_limit,
     LISTED},
    {{"write-burst", 0, "SIZE", LIMIT, LIMITS, "of the write bucket alone"}, set_limit, ONCE},
    {{"tick", 0, "TIME", LIMIT, LIMITS, "length of a tick, whole ms (default 1s, as libevent's)"},
     set_limit,
     LISTED},
    {{"min-share", 0, "SIZE", LIMIT, LIMITS, "least that a flow is granted at once (default 64)"},
     set_limit,
     LISTED},
    {{"flow-rate", 0, "RATE", RUN, PER_FLOW_LIMITS, "fill rate of per-flow buckets"},
     set_limit,
     LISTED},
    {{"flow-burst", 0, "SIZE", RUN, PER_FLOW_LIMITS, "their depth (default: one tick's worth)"},
     set_limit,
     LISTED},
    {{"flow-tick", 0, "TIME", RUN, PER_FLOW_LIMITS, "their tick (default: the group's)"},
     set_limit,
     LISTED},
    {{"group", 0, "SPEC", RUN, GROUPS,
      "one more group, before \"all\": name=web,match=BPF and the limits above as KEY=VALUE, like "
      "name=web,match=tcp port 80,rate=10mbit,tick=10ms; a flow joins the first group whose match "
      "its first packet meets"},
     set_group,
     REPEATABLE},
    {{"at", 0, "TIME:EVENT", RUN, EVENTS,
      "change a live group: 2s:group=web,rate=5mbit (burst, min-share likewise), "
      "3s:group=web,decrement-write=100kB (negative gives back), 4s:group=web,reset-totals; or one "
      "flow: 5s:flow=3,leave, 5s:flow=3,join=web, 5s:flow=3,rate=1mbit (burst, tick likewise; tick "
      "1s), 5s:flow=3,rate=none, 5s:flow=3,decrement-read=100kB"},
     set_at,
     REPEATABLE},
    {{"background", 0, "TRAFFIC", RUN, EVENTS,
      "traffic that passes no bufferevent, charged each tick: group=web,write=1mbit"},
     set_background,
     REPEATABLE},
    {{"initial-tokens", 0, "SIZE|tick|burst", RUN, EVENTS,
      "level of every bucket at the start (default tick: one tick's worth, as libevent's)"},
     set_initial_tokens,
     ONCE},
    {{"seed", 0, "N", RUN | SYNTH, REPLAY, "of all random numbers (default 1)"}, set_seed, ONCE},
    {{"transport", 0, "pair|socket|tls", RUN, REPLAY,
      "what carries a flow: a bufferevent pair, native sockets, or TLS over a pair (default pair)"},
     set_transport,
     ONCE},
    {{"scheduler", 0, "libevent|active-share|shuffle|round-robin|drr|sfq", RUN, REPLAY,
      "which flow of a group is served next: as libevent does (default), or more fairly on the "
      "same bucket; with one of these groups nest: --group name=a,parent=all,..."},
     set_scheduler,
     ONCE},
    {{"weight", 0, "N:BPF", RUN, REPLAY,
      "drr, sfq: flows whose first packet matches get N times as much, like 4:tcp port 443"},
     set_weight,
     REPEATABLE},
    {{"tls-version", 0, "1.2|1.3", RUN, REPLAY,
      "of --transport tls, which decides what handshakes and records cost (default 1.3)"},
     set_tls_version,
     ONCE},
    {{"dirty-shutdown", 0, "allowed|refused|no", RUN, REPLAY,
      "TLS flows end without a close-notify: peers that are set to allow it see an end of file; "
      "refused, which may be left out: an error; no: with one (default)"},
     set_dirty_shutdown,
     ONCE | OPTION_OPTIONAL},
    {{"clock", 0, "virtual|real", RUN, REPLAY, "virtual time, or the wall's (default virtual)"},
     set_clock,
     ONCE},
    {{"replay", 0, "closed|open", RUN, REPLAY,
      "closed: a TCP end sends only after what it reacts to has arrived, and later by as much; "
      "open: at the captured times (default closed)"},
     set_replay,
     ONCE},
    {{"receive-window", 0, "SIZE", RUN, REPLAY,
      "TCP: at most this much of a flow is on its way to the shaped end, or one packet; what is "
      "beyond waits at the sender (default: all is sent when it is due)"},
     set_receive_window,
     ONCE},
    {{"shape", 0, "responder|initiator", RUN, REPLAY,
      "which end of a flow is limited (default responder, as on a server)"},
     set_shape,
     ONCE},
    {{"max-time", 0, "TIME", RUN, REPLAY, "stop at this time even with a backlog"},
     set_max_time,
     ONCE},
    {{"copies", 0, "N", RUN, REPLAY,
      "replay each flow N times, with initiators of their own (default 1)"},
     set_copies,
     ONCE},
    {{"spread", 0, "TIME", RUN, REPLAY,
      "copies start at random within this time after the flow itself (default 1s)"},
     set_spread,
     ONCE},
    {{"speed", 0, "NUMBER", RUN, REPLAY,
      "divide the gaps between the starts of flows by this, from 0.001 to 1000; times within a "
      "flow "
      "stay (default 1; not from a pipe)"},
     set_speed,
     ONCE},
    {{"via", 0, "FILTER", RUN, FILTERS,
      "a filter between application and limits, the application's first: overhead=40:1460 puts a "
      "header of 40 bytes before each segment of 1460, deflate or deflate=LEVEL compresses, "
      "ratelimit=KIB_PER_S is Apache's mod_ratelimit on what responders send, with "
      "initial-burst=KIB, variant=naive|fixed|corrected, brigade=BYTES|stream and "
      "flush=packet|close after commas"},
     set_via,
     REPEATABLE},
    {{"payload", 0, "zero|random|text", RUN, FILTERS,
      "what filters see of bytes that were not captured (default zero)"},
     set_payload,
     ONCE},
    {{"filter-high", 0, "SIZE", RUN, FILTERS,
      "the shaped end's filters pass on no more while this much waits in the output below them, "
      "and continue when it is empty, or at --write-low"},
     set_watermark,
     ONCE},
    {{"write-high", 0, "SIZE", RUN, FILTERS,
      "the shaped end's application stops writing while more than this waits in its output"},
     set_watermark,
     ONCE},
    {{"write-low", 0, "SIZE", RUN, FILTERS,
      "and continues when no more than this does (default 0)"},
     set_watermark,
     ONCE},
    {{"read-high", 0, "SIZE", RUN, FILTERS,
      "the shaped end's input is full with this much: most that it reads in one callback"},
     set_watermark,
     ONCE},
    {{"read-low", 0, "SIZE", RUN, FILTERS,
      "its application is not called before the input holds this much, or the flow has closed "
      "(default: any)"},
     set_watermark,
     ONCE},
    {{"read-timeout", 0, "TIME", RUN, FILTERS,
      "count each time that the shaped end has read nothing for this long"},
     set_timeout,
     ONCE},
    {{"write-timeout", 0, "TIME", RUN, FILTERS, "likewise that it has written nothing"},
     set_timeout,
     ONCE},
    {{"flush", 0, "normal|flush|finished", RUN, FILTERS,
      "how both ends flush at a flow's close (default: filters end their streams; a pair's flush "
      "or "
      "finished drives what waits past every limit)"},
     set_flush,
     ONCE},
    {{"max-single-read", 0, "SIZE", RUN, FILTERS,
      "most that the shaped end reads in one callback (default 16384; 2.1.12 never reads more than "
      "4096, and a per-flow limit overrides it)"},
     set_max_single,
     ONCE},
    {{"max-single-write", 0, "SIZE", RUN, FILTERS,
      "most that the shaped end writes in one callback (default 16384; a per-flow limit overrides "
      "it)"},
     set_max_single,
     ONCE},
    {{"filter", 0, "BPF", RUN | INFO, TRACE, "take only packets that match, as tcpdump would"},
     set_filter,
     ONCE},
    {{"decapsulate", 0, NULL, RUN | INFO, TRACE,
      "replay the innermost packet of tunnels (GRE, VXLAN, GTP-U, IP in IP; at most 4, one in the "
      "other), not the outer one"},
     set_decapsulate,
     ONCE},
    {{"count", 0, "stream|payload|ip|wire", RUN | INFO, TRACE,
      "what of a packet is replayed: of TCP each byte of its stream once and else the payload, all "
      "payload with what is sent again, the IP packet, or the frame (default stream)"},
     set_count,
     ONCE},
    {{"responder", 0, "BPF", RUN | INFO, TRACE,
      "the receiver of a flow's first packet is the responder, the server, if the packet matches "
      "(default: as the SYN says, or else the ports)"},
     set_responder,
     ONCE},
    {{"idle-timeout", 0, "TIME", RUN | INFO, TRACE,
      "a flow without a packet for this long is closed (default 300s)"},
     set_idle_timeout,
     ONCE},
    {{"max-gap", 0, "TIME", RUN | INFO, TRACE, "shorten longer silences of the trace to this"},
     set_max_gap,
     ONCE},
    {{"from", 0, "TIME", RUN | INFO, TRACE,
      "leave out packets before this time from the first one; the run's time begins at the first "
      "that is left, and flows that began before begin with theirs, as if the capture had"},
     set_from,
     ONCE},
    {{"to", 0, "TIME", RUN | INFO, TRACE,
      "leave out packets from this time on, counted like --from"},
     set_to,
     ONCE},
    {{"max-flows", 0, "N", RUN | INFO, TRACE,
      "flows open at once, each takes about 4 kB; packets that would open one more are skipped and "
      "counted (default 100000)"},
     set_max_flows,
     ONCE},
    {{"flows", 0, "all|none|N", INFO, OUTPUT, "list the N largest flows (default 20)"},
     set_info_flows,
     ONCE},
    {{"csv", 0, NULL, INFO, OUTPUT, "print every flow as CSV and nothing else"},
     set_info_csv,
     ONCE},
    {{"source", 0, "constant|on-off|poisson|pareto", SYNTH, SOURCE,
      "when packets leave (default constant)"},
     set_synth_source,
     ONCE},
    {{"flows", 0, "N", SYNTH, SOURCE, "how many flows (default 1)"}, set_synth_flows, ONCE},
    {{"rate", 0, "RATE", SYNTH, SOURCE,
      "mean payload rate of each flow and direction (default 1mbit)"},
     set_synth_rate,
     ONCE},
    {{"packet", 0, "SIZE", SYNTH, SOURCE, "payload of a packet (default 1000)"},
     set_synth_size,
     ONCE},
    {{"duration", 0, "TIME", SYNTH, SOURCE, "length of the capture (default 10s)"},
     set_synth_time,
     ONCE},
    {{"direction", 0, "read|write|both", SYNTH, SOURCE,
      "which end sends: the initiator, the responder or both (default read)"},
     set_synth_direction,
     ONCE},
    {{"protocol", 0, "tcp|udp", SYNTH, SOURCE, "default tcp, with SYN and FIN"},
     set_synth_protocol,
     ONCE},
    {{"spread", 0, "TIME", SYNTH, SOURCE, "flows start at random within this time (default 0s)"},
     set_synth_time,
     ONCE},
    {{"on", 0, "TIME", SYNTH, SOURCE, "on-off: mean length of a burst (default 1s)"},
     set_synth_time,
     ONCE},
    {{"off", 0, "TIME", SYNTH, SOURCE, "on-off: mean length of a pause (default 1s)"},
     set_synth_time,
     ONCE},
    {{"pareto-shape", 0, "NUMBER", SYNTH, SOURCE, "pareto: tail index above 1 (default 1.5)"},
     set_pareto_shape,
     ONCE},
    {{"snaplen", 0, "SIZE", SYNTH, OUTPUT, "captured bytes of each packet (default 64)"},
     set_synth_size,
     ONCE},
    {{"output", 'o', "DIR", RUN, OUTPUT, "write the files of the run there (default: none)"},
     set_output,
     INCIDENTAL},
    {{"output", 'o', "FILE", SYNTH, OUTPUT, "the capture to write, - for standard output"},
     set_output,
     INCIDENTAL},
    {{"force", 0, NULL, RUN, OUTPUT, "write into a directory that is not empty"},
     set_force,
     INCIDENTAL},
    {{"flow-ticks", 0, "all|none|N", RUN, OUTPUT,
      "flows with rows in flow_ticks.csv: the N with most bytes, found by a first pass; from a "
      "pipe the first N (default 20)"},
     set_flow_ticks,
     ONCE},
    {{"exchanges", 0, "all|none|N", RUN, OUTPUT,
      "flows with rows in exchanges.csv, likewise: all, none (there is no such file) or N (default "
      "all)"},
     set_exchanges,
     ONCE},
    {{"fairness-window", 0, "TIME", COMMAND_RUN, OUTPUT,
      "measure fairness over windows of this time, too, rounded up to whole ticks; up to 8 of them "
      "(1, 2, 5, 10, ... ticks and ms are always measured)"},
     set_fairness_window,
     REPEATABLE},
    {{"idle-ticks", 0, "keep|skip", RUN, OUTPUT,
      "ticks with full buckets and no traffic: rows or none (default keep)"},
     set_idle_ticks,
     ONCE},
    {{"files", 0, "all|tables|summary", RUN, OUTPUT,
      "which files a run keeps: all (default of run), tables, which is all without ticks.csv and "
      "flow_ticks.csv (default of sweep and advise), or summary.json alone"},
     set_files,
     ONCE},
    {{"compress", 0, NULL, RUN, OUTPUT,
      "write the CSV files as .csv.zst, which verify, report and plots/ read, too"},
     set_compress,
     ONCE},
    {{"write-pcap", 0, NULL, RUN, OUTPUT,
      "write DIR/shaped.pcap: the packets, each at the time at which its last byte was delivered"},
     set_write_pcap,
     ONCE},
    {{"quiet", 'q', NULL, RUN | DRAW, OUTPUT, "no progress and no table"}, set_quiet, INCIDENTAL},
    {{"atomic", 0, NULL, COMMAND_RUN, OUTPUT,
      "write into DIR.part and rename it when the run is complete; a failure leaves DIR.error"},
     set_atomic,
     INCIDENTAL},
    {{"json", 0, NULL, SWEEP, OUTPUT, "print the ranking as JSON instead of a table"},
     set_json,
     INCIDENTAL},
    {{"json", 0, NULL, FIND, OUTPUT, "print advise.json instead of a table"}, set_json, INCIDENTAL},
    {{"limit", 0, "SPEC", FIND, ADVICE,
      "whose limit is sought: group=NAME, direction=read or direction=write, or both with a comma "
      "between them; the other direction stays unlimited (default the group \"all\", both "
      "directions alike)"},
     set_advised_limit,
     INCIDENTAL},
    {{"rate", 0, "RATE", FIND, ADVICE,
      "keep this rate, and find the tick, burst and min-share that meet the demands best, in the "
      "order of --rank"},
     set_advised_range,
     INCIDENTAL},
    {{"tick", 0, "RANGE", FIND, ADVICE,
      "ticks to choose from: 1ms..100ms is 1, 2, 5, 10, ... 100 ms; or a list (default 10ms)"},
     set_advised_range,
     INCIDENTAL},
    {{"min-share", 0, "RANGE", FIND, ADVICE,
      "min-shares to choose from: 1..4096 is 1, 4, 16, ... 4096; or a list (default 64)"},
     set_advised_range,
     INCIDENTAL},
    {{"burst", 0, "RANGE", FIND, ADVICE,
      "bursts to choose from, like 16kB..1MB, or one (default: one tick's worth, up to what the "
      "rate "
      "brings in 100 ms)"},
     set_advised_range,
     INCIDENTAL},
    {{"vary", 0, "KEY=VALUES", SWEEP, SETTINGS,
      "values of an option of run, repeatable: min-share=1,64,512, a range like tick=1ms..100ms*10 "
      "or rate=1mbit..9mbit+2mbit, or one group's: web.rate=1mbit,2mbit; \\, is a comma within a "
      "value. A list given to a limit is the same: --min-share 1,64,512"},
     set_vary,
     REPEATABLE},
    {{"link", 0, NULL, SWEEP, SETTINGS,
      "let the values of all --vary go together, the first of each, then the second: no "
      "combinations"},
     set_link,
     INCIDENTAL},
    {{"seeds", 0, "A-B", MANY, SETTINGS, "run each setting with each of these seeds (default 1)"},
     set_seeds,
     ONCE},
    {{"random", 0, "N", SWEEP, SETTINGS,
      "take only N of the combinations, chosen at random with the first seed (default: all)"},
     set_sample,
     ONCE},
    {{"jobs", 'j', "N", MANY, JOBS, "runs at a time (default: one per core)"},
     set_jobs,
     INCIDENTAL},
    {{"at-once", 0, "N", FIND, JOBS,
      "values of the rate or burst that each step of the search tries: more runs in fewer steps "
      "(default 1)"},
     set_at_once,
     INCIDENTAL},
    {{"print-jobs", 0, NULL, FIND, JOBS,
      "print a command for each run that the next step needs, and run nothing; nothing is printed "
      "when the search has ended"},
     set_print_jobs,
     INCIDENTAL},
    {{"print-jobs", 0, "slurm", SWEEP, JOBS,
      "print a command for each run that is missing, and run nothing; with the word slurm, one "
      "script for sbatch, a job array that runs them"},
     set_print_jobs,
     INCIDENTAL | OPTION_OPTIONAL},
    {{"collect", 0, "DIR", SWEEP, JOBS,
      "write the tables of a sweep from the runs that are there, and name those that are not"},
     set_collect,
     INCIDENTAL},
    {{"rank", 0, "KEY,...", MANY, RANKING,
      "what settings that lose nothing are compared by, the first key first: response, added and "
      "completion with p50, p90, p99 or max (response.p99), slowdown.p50, slowdown.p99, behind "
      "with "
      "p50, p99 or max, jain, jain-least, jain-1, p50, p99, max, throughput, utilisation, rfb, "
      "gps, "
      "sigma, grants, lost (default: response.p99,added.p99,completion.p99,jain,grants where there "
      "are exchanges, else jain,p99,grants)"},
     set_rank,
     INCIDENTAL},
    {{"rank-by", 0, "keys|sum", SWEEP, RANKING,
      "keys: the next key decides between settings that are tied in the one before (default); sum: "
      "by the sum of the places in each key"},
     set_rank_by,
     INCIDENTAL},
    {{"fairness-window", 0, "TIME", SWEEP, RANKING,
      "compare fairness over the shortest window that is whole in all ticks of the sweep and not "
      "below this (default 100ms)"},
     set_compared_window,
     INCIDENTAL},
    {{"want", 0, "DEMAND", SWEEP, RANKING,
      "what a setting must meet to be recommended, repeatable: METRIC<=VALUE or METRIC>=VALUE, "
      "like 'response.p99<=300ms' or 'web.write.jain@100ms>=0.95'"},
     set_want,
     INCIDENTAL | REPEATABLE},
    {{"want", 0, "DEMAND", FIND, ADVICE,
      "what the setting must meet, repeatable: METRIC<=VALUE or METRIC>=VALUE, like "
      "'response.p99<=300ms' or 'web.write.jain@100ms>=0.95'"},
     set_want,
     INCIDENTAL | REPEATABLE},
    {{"against", 0, "DIR", CHECK, CHECKS,
      "compare with another run, row by row, and name the first difference"},
     set_against,
     INCIDENTAL},
    {{"output", 'o', "DIR", DRAW, OUTPUT,
      "of several runs: where the page that compares them is written"},
     set_output,
     INCIDENTAL},
    {{"format", 0, "svg,png,pdf|markdown|latex|csv", DRAW, OUTPUT,
      "files of each figure: one or more of svg, png and pdf, separated by commas (default all "
      "three); of --table: markdown (default), latex or csv"},
     set_format,
     INCIDENTAL},
    {{"table", 0, "COLUMN,...", DRAW, OUTPUT,
      "print the table of a sweep, a row for each setting, and draw nothing: varied keys, options "
      "that were given, trace, seeds, place, and figures as --want of verify and --rank of sweep "
      "name them, like min-share,jain,write.jain@10ticks,p99,response.p99,grants"},
     set_table,
     INCIDENTAL},
    {{"width", 0, "LENGTH", DRAW, OUTPUT,
      "of the figures, from 70mm to 400mm (default 160mm); 84mm fits a column of a paper"},
     set_width,
     INCIDENTAL},
    {{"no-title", 0, NULL, DRAW, OUTPUT,
      "figures without a title: FIGURE.txt, a caption, is beside each in any case"},
     set_no_title,
     INCIDENTAL},
    {{"terminal", 0, NULL, DRAW, OUTPUT,
      "draw one figure with characters instead: FIGURE, by default the first; as wide as the "
      "terminal, or COLUMNS"},
     set_terminal,
     INCIDENTAL},
    {{"no-hashes", 0, NULL, CHECK, CHECKS,
      "do not compare the files' XXH3-128 with summary.json: check figures alone"},
     set_verify_flag,
     INCIDENTAL},
    {{"min-jain", 0, "X[@WINDOW]", CHECK, DEMANDS,
      "least Jain's index, its mean over contended windows: --want 'jain[@WINDOW]>=X'"},
     set_demand,
     INCIDENTAL},
    {{"max-p99-delay", 0, "TIME", CHECK, DEMANDS,
      "largest 99th percentile of packet delays: --want 'p99<=TIME'"},
     set_demand,
     INCIDENTAL},
    {{"max-burst", 0, "SIZE", CHECK, DEMANDS,
      "largest burst that passed: the depth of a bucket that fills at the group's rate and would "
      "never have run empty: --want 'burst<=SIZE'"},
     set_demand,
     INCIDENTAL},
    {{"min-utilisation", 0, "PERCENT", CHECK, DEMANDS,
      "least use of a group's rate, in the direction that is used more; from 0 to 100, with or "
      "without %"},
     set_demand,
     INCIDENTAL},
    {{"want", 0, "DEMAND", CHECK, DEMANDS,
      "'[GROUP.][read.|write.]FIGURE[@WINDOW] OP VALUE' with OP <= or >=, repeatable: "
      "'web.read.p99<=50ms', 'jain@100ms>=0.95'. Figures: response.p50 .p90 .p99 .max, added "
      "likewise, slowdown.p50 .p99, completion.p99, behind.p50 .p99 .max, p50 p90 p99 max (packet "
      "delay) take times (slowdown a number); jain jain-least 0 to 1; lag rfb sigma burst "
      "lost-tokens sizes; utilisation delivered per cent; grants a number per MB. WINDOW: of jain, "
      "a time or ticks (default 100ms, one tick where that is longer). Without group or direction "
      "each with a limit and bytes must hold; what was not measured fails"},
     set_want,
     REPEATABLE | INCIDENTAL},
    {{"json", 0, NULL, COMMAND_RUN | INFO | CHECK, OUTPUT, "print the table as JSON"},
     set_json,
     INCIDENTAL},
    {{"print-c", 0, NULL, COMMAND_RUN, OUTPUT,
      "print the limits as C for a server: functions that make libevent's groups; with -q nothing "
      "else is printed"},
     set_print_c,
     INCIDENTAL},
    {{"junit", 0, "FILE", CHECK, OUTPUT,
      "write the checks as JUnit XML, for CI: a test suite for each run, a test case for each "
      "check"},
     set_junit,
     INCIDENTAL},
    {{"help", 'h', NULL, RUN | INFO | SYNTH | CHECK | DRAW, OUTPUT, "print this and stop"},
     set_help,
     INCIDENTAL},
};

#define TABLE_ROWS (sizeof(table) / sizeof(table[0]))

_Static_assert(TABLE_ROWS <= OPTIONS_MAX, "getopt's array has room for every option");

const struct option_entry *option_entry(size_t index)
{
    return index < TABLE_ROWS ? &table[index] : NULL;
}
