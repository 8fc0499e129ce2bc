#include "sim/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/flow_ranking.h"
#include "sim/output_directory.h"
#include "sim/progress.h"
#include "sim/record.h"
#include "sim/replay.h"
#include "sim/summary.h"
#include "sim/whole_directory.h"
#include "traces/file_stream.h"

/* Everything that one run holds; zeroed is nothing. */
struct run {
    const struct run_config *config;
    struct warnings warnings;
    size_t warnings_printed;
    struct flow_ranking *ranking;
    struct flow_source *source;
    struct record *record;
    struct replay *replay;
    char *made_directory; /* the outermost one, if any was made */
    const volatile sig_atomic_t *stop;
};

static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

const volatile sig_atomic_t *commands_catch_signals(void)
{
    struct sigaction action = {.sa_handler = request_stop};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    file_stream_set_stop(&stop_requested);
    return &stop_requested;
}

static const char *trace_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void collect_limit_warnings(struct run *run)
{
    const struct run_config *config = run->config;
    char text[WARNING_BYTES];

    if (config->classes == 0 &&
        !application_has_filter(&config->application, SHAPER_FILTER_RATELIMIT))
        warnings_add(&run->warnings, "no limit is given, so the trace passes unshaped; add --rate, "
                                     "like --rate 10mbit");
    for (size_t i = 0; i < config->classes; i++)
        for (int w = 0; class_warning(config->specs[i].name, &config->limits[i], w, text); w++)
            warnings_add(&run->warnings, "%s", text);
}

static void collect_trace_warnings(struct run *run)
{
    const struct flow_source_counts *counts = flow_source_counts(run->source);
    struct capture *capture = flow_source_capture(run->source);

    if (flow_source_truncated(run->source))
        warnings_add(
            &run->warnings,
            "the capture ends in the middle of a packet; it was replayed up to there, %" PRIu64
            " packets",
            counts->packets);
    if (counts->skipped[SKIP_LINK_TYPE] > 0)
        warnings_add(&run->warnings,
                     "link type %s is not supported: its %" PRIu64
                     " packets were skipped; convert the "
                     "capture to Ethernet or raw IP",
                     capture_link_type_name(capture), counts->skipped[SKIP_LINK_TYPE]);
    else if (counts->replayed == 0)
        warnings_add(&run->warnings, "no packet of the trace could be replayed");
    if (counts->skipped[SKIP_MAX_FLOWS] > 0)
        warnings_add(&run->warnings,
                     "%" PRIu64 " packets came when %" PRId64
                     " flows were open and would have opened one more: they were skipped; raise "
                     "--max-flows, or end silent flows sooner with --idle-timeout",
                     counts->skipped[SKIP_MAX_FLOWS], run->config->source.max_flows);
    if (counts->backward_timestamps > 0)
        warnings_add(&run->warnings,
                     "%" PRIu64
                     " timestamps run backwards; those packets were replayed at the time of "
                     "the one before",
                     counts->backward_timestamps);
}

static void collect_group_warnings(struct run *run, const struct class_totals *class)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && class->limits; d++)
        if (class->peak_tick_bytes[d] >= SHAPER_LIMIT_MAX_BYTES)
            warnings_add(
                &run->warnings,
                "group %s: a tick carried 2147483647 bytes, the most that libevent keeps: a "
                "direction without a limit was limited by that; use a shorter tick",
                class->name);
    if (class->credits_above_burst > 0)
        warnings_add(&run->warnings,
                     "group %s: a credit lifted a bucket above its burst; libevent then adds the "
                     "rate at every tick without end: give back no more than was taken",
                     class->name);
    if (class->false_eofs > 0 && run->config->transport == SHAPER_TRANSPORT_TLS)
        warnings_add(&run->warnings,
                     "group %s: TLS failed for %" PRIu64 " of %" PRIu64
                     " flows; what was left of them is lost",
                     class->name, class->false_eofs, class->flows);
    else if (class->false_eofs > 0)
        warnings_add(&run->warnings,
                     "group %s: libevent reported a false end of file to %" PRIu64 " of %" PRIu64
                     " flows (min-share 0); use 1 or more",
                     class->name, class->false_eofs, class->flows);
}

/* Those that have come up since the last time. */
static void print_warnings(struct run *run)
{
    for (; run->warnings_printed < run->warnings.count; run->warnings_printed++)
        fprintf(stderr, "shapesim: warning: %s\n", run->warnings.texts[run->warnings_printed]);
}

/* The largest flows are known only after a pass over the whole file. */
static int make_ranking(struct run *run, char *error)
{
    const struct run_config *config = run->config;
    const struct byte_source *bytes = capture_bytes(flow_source_capture(run->source));

    if (!config->output_directory || config->flow_ticks == 0 ||
        config->flow_ticks == FLOW_TICKS_ALL || !byte_source_is_file(bytes))
        return SIM_OK;
    const struct flow_choice choice = {.wants = replay_limits_flow, .arg = run->replay};
    return flow_ranking_read(config->trace, &config->source, (size_t)config->flow_ticks, &choice,
                             run->stop, &run->ranking, error);
}

/* Two per open flow: as many as the system lets us have without asking for more. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int prepare(struct run *run, char *error)
{
    const struct run_config *config = run->config;
    const char *directory = config->output_directory;
    struct capture_format format = {0};
    const struct record_parts parts = {.has_events = run_config_has_events(config),
                                       .has_filters = config->application.filter_count > 0,
                                       .has_application =
                                           application_is_recorded(&config->application),
                                       .shaped = config->write_pcap ? &format : NULL};
    char text[TRACE_ERROR_BYTES];
    int status = replay_self_check(error);

    if (status == SIM_OK && directory)
        status = output_directory_check(directory, config->force, error);
    if (status != SIM_OK)
        return status;
    int opened = flow_source_open(config->trace, &config->source, &run->source, text);
    if (opened != TRACE_OK)
        return sim_fail(error, opened == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
    capture_read_format(flow_source_capture(run->source), &format);
    /* What cannot work is found out before anything is written. */
    status = replay_new(config, run->source, &run->replay, error);
    if (status == SIM_OK)
        status = make_ranking(run, error);
    if (status == SIM_OK && directory)
        status = output_directory_prepare(directory, &run->made_directory, error);
    if (status == SIM_OK && directory)
        status = record_open(directory, &parts, &run->record, error);
    return status;
}

static void list_files(const struct record *record, char *files, size_t room)
{
    const char *name;
    size_t used = 0;

    for (size_t i = 0; (name = record_file_name(record, i)) && used < room; i++)
        used += (size_t)snprintf(files + used, room - used, "%s, ", name);
}

static void write_delays(struct run *run)
{
    for (size_t i = 0; i < replay_classes(run->replay); i++) {
        const struct class_totals *class = replay_class(run->replay, i);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            record_delays(run->record, class->name, (enum shaper_direction)d, &class->delays[d]);
    }
}

static void take_shaped_counts(struct run *run, struct summary *summary)
{
    summary->shaped = *shaped_capture_counts(record_shaped(run->record));
    if (summary->shaped.undelivered > 0)
        warnings_add(&run->warnings,
                     SHAPED_CAPTURE_FILE ": %" PRIu64 " of %" PRIu64
                                         " packets are not in it: they were not delivered when the "
                                         "run ended",
                     summary->shaped.undelivered,
                     summary->shaped.undelivered + summary->shaped.packets);
}

/* The hash says which capture the files are of: without it they are none. */
static int commit_files(struct run *run, struct summary *summary, char *error)
{
    char text[TRACE_ERROR_BYTES];

    if (flow_source_hash(run->source, summary->trace_hash, text) != TRACE_OK)
        return *run->stop ? sim_fail(error, SIM_INTERRUPTED,
                                     "interrupted while the rest of the capture was read")
                          : sim_fail(error, SIM_FAILED, "%s", text);
    int status = record_commit(run->record, &summary->files, error);
    run->record = NULL;
    return status;
}

static int finish(struct run *run, enum replay_end end, char *error)
{
    char files[256] = "";
    const struct run_config *config = run->config;
    struct summary summary = {.config = config,
                              .counts = flow_source_counts(run->source),
                              .replay = run->replay,
                              .warnings = &run->warnings,
                              .trace_name = trace_name(config->trace),
                              .end = end};
    int status = SIM_OK;

    collect_trace_warnings(run);
    for (size_t i = 0; i < replay_classes(run->replay); i++)
        collect_group_warnings(run, replay_class(run->replay, i));
    if (replay_events_taken(run->replay) < config->event_count)
        warnings_add(&run->warnings, "%zu of the --at events come after the end of the run",
                     config->event_count - replay_events_taken(run->replay));
    if (replay_events_missed(run->replay) > 0)
        warnings_add(&run->warnings,
                     "%zu of the --at events are for flows that were not open then, or not in a "
                     "group",
                     replay_events_missed(run->replay));
    if (end == REPLAY_MAX_TIME)
        warnings_add(&run->warnings,
                     "stopped at --max-time with a backlog or with packets to come");
    if (run->record && record_shaped(run->record))
        take_shaped_counts(run, &summary);
    print_warnings(run);
    if (run->record) {
        write_delays(run);
        list_files(run->record, files, sizeof(files));
        status = commit_files(run, &summary, error);
    }
    if (status == SIM_OK && config->output_directory)
        status = summary_write(&summary, config->output_directory, error);
    if (status != SIM_OK) { /* what has its name already is of no use without the rest */
        char unused[SIM_ERROR_BYTES];
        output_directory_clear(config->output_directory, unused);
        return status;
    }
    if (status == SIM_OK && !config->quiet) {
        summary_print(&summary, stdout);
        if (config->output_directory)
            printf("\n%s: %ssummary.json\n", config->output_directory, files);
    }
    if (status == SIM_OK && fflush(stdout) != 0)
        status = sim_fail(error, SIM_FAILED, "standard output cannot be written");
    return status;
}

static int interrupted(struct run *run, char *error)
{
    const char *directory = run->config->output_directory;
    bool kept = run->record != NULL;

    if (kept)
        record_keep_partial(run->record);
    run->record = NULL;
    return sim_fail(error, SIM_INTERRUPTED,
                    "interrupted at %.6f s of virtual time, after %" PRIu64 " packets%s%s%s",
                    (double)replay_end_us(run->replay) / 1e6,
                    flow_source_counts(run->source)->packets,
                    kept ? "; the rows so far are in " : "", kept ? directory : "",
                    kept ? run->config->write_pcap ? "/*.part" : "/*.csv.part" : "");
}

static int replay(struct run *run, char *error)
{
    struct progress progress;
    struct replay_setup setup = {.ranking = run->ranking, .record = run->record, .stop = run->stop};

    progress_begin(&progress, run->source);
    if (!run->config->quiet && isatty(STDERR_FILENO)) {
        setup.progress = progress_step;
        setup.progress_arg = &progress;
    }
    enum replay_end end = replay_run(run->replay, &setup, error);
    progress_end(&progress);
    switch (end) {
    case REPLAY_DRAINED:
    case REPLAY_MAX_TIME:
        return finish(run, end, error);
    case REPLAY_INTERRUPTED:
        return interrupted(run, error);
    case REPLAY_FAILED:
        break;
    }
    return SIM_FAILED;
}

static int run_once(const struct run_config *config, char *error)
{
    struct run *run = calloc(1, sizeof(*run));

    if (!run)
        return sim_fail(error, SIM_FAILED, "out of memory");
    run->config = config;
    run->stop = commands_catch_signals();
    collect_limit_warnings(run);
    if (config->transport == SHAPER_TRANSPORT_SOCKET)
        raise_descriptor_limit();
    int status = prepare(run, error);
    if (status == SIM_OK)
        print_warnings(run);
    if (status == SIM_OK)
        status = replay(run, error);
    else if (*run->stop) /* a signal ends the reading of a pipe, too */
        status = sim_fail(error, SIM_INTERRUPTED, "interrupted before the replay began");
    record_discard(run->record);
    if (status != SIM_OK && run->made_directory)
        output_directory_abandon(config->output_directory, run->made_directory);
    free(run->made_directory);
    replay_free(run->replay);
    flow_ranking_free(run->ranking);
    flow_source_free(run->source);
    free(run);
    return status;
}

int command_run(const struct run_config *config, char *error)
{
    commands_catch_signals(); /* before the first thing that would be left behind */
    if (config->write_pcap && !config->output_directory)
        return sim_fail(error, SIM_MISUSE, "--write-pcap: needs a directory; add -o DIR");
    if (!config->atomic)
        return run_once(config, error);
    if (!config->output_directory || config->force)
        return sim_fail(error, SIM_MISUSE,
                        "--atomic: needs -o DIR, and replaces nothing: leave "
                        "--force out");
    return whole_directory_run(config, run_once, error);
}
