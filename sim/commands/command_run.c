#include "sim/commands/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/account/run_table.h"
#include "sim/account/summary.h"
#include "sim/base/nameless_file.h"
#include "sim/base/process.h"
#include "sim/base/sandbox.h"
#include "sim/commands/empty_trace.h"
#include "sim/commands/print_json.h"
#include "sim/commands/progress.h"
#include "sim/commands/stream_notes.h"
#include "sim/commands/time_notes.h"
#include "sim/commands/trace_warnings.h"
#include "sim/config/limits_c.h"
#include "sim/output/output_directory.h"
#include "sim/output/owned_directory.h"
#include "sim/output/record.h"
#include "sim/output/whole_directory.h"
#include "sim/account/response_ends.h"
#include "sim/replay/flow_ranking.h"
#include "sim/replay/replay.h"
#include "traces/flow_recording.h"
#include "traces/trace.h"

/* The largest flows are known only after a pass over the whole file. Empty when zeroed. */
struct ranking_pass {
    struct flow_source *source;   /* NULL: none is needed */
    struct flow_ranking *ranking; /* NULL: likewise, or not made yet */
};

/* The state of one run; empty when zeroed. */
struct run {
    const struct run_config *config;
    struct warnings warnings;
    size_t warnings_printed;
    struct ranking_pass flow_ticks;
    struct ranking_pass exchanges;
    struct flow_source *source;
    struct flow_source *ends_pass; /* NULL: no filter asks for ends of responses */
    struct response_ends *response_ends;
    struct flow_source *virtual_pass; /* NULL: no extra shift is measured */
    struct due_times *due_times;      /* likewise, or not known */
    int recording_fd;                 /* of what the first pass records; -1: nothing */
    char *recording_key;
    struct flow_recording *recording; /* for what is read after it */
    struct record *record;
    struct replay *replay;
    bool keeps_rows;                   /* the run was interrupted, and keeps its files */
    struct owned_directory *directory; /* of its files, borrowed; closed without -o */
    char *made_directory;              /* the outermost one that was made, or NULL */
    const volatile sig_atomic_t *stop;
};

static const char *trace_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void collect_limit_warnings(struct run *run)
{
    const struct run_config *config = run->config;
    char text[WARNING_BYTES];

    if (config->groups == 0 &&
        !application_has_filter(&config->application, SHAPER_FILTER_RATELIMIT))
        warnings_add(&run->warnings, "no limit is given, so the trace passes unshaped; add --rate, "
                                     "like --rate 10mbit");
    for (size_t i = 0; i < config->groups; i++)
        for (int w = 0; group_warning(config->specs[i].name, &config->limits[i], w, text); w++)
            warnings_add(&run->warnings, "%s", text);
}

/* What is odd of the times of packets. */
static void collect_time_warnings(struct run *run, const struct flow_source_counts *counts)
{
    char text[TIME_NOTE_BYTES];

    if (counts->backward_timestamps > 0)
        warnings_add(&run->warnings,
                     "%" PRIu64
                     " timestamps run backwards; those packets were replayed at the time of "
                     "the one before",
                     counts->backward_timestamps);
    for (int note = 0; time_note(flow_source_capture(run->source), &counts->times, note, text);
         note++)
        if (text[0])
            warnings_add(&run->warnings, "%s", text);
}

static void collect_trace_warnings(struct run *run, const struct outcome *outcome)
{
    char note[WARNING_BYTES];
    const struct flow_source_counts *counts = outcome->counts;
    struct capture *capture = flow_source_capture(run->source);
    char text[WARNING_BYTES];

    if (outcome->is_truncated)
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
    else if (filter_met_nothing(&run->config->source, counts, text))
        warnings_add(&run->warnings, "%s", text);
    if (counts->skipped[SKIP_MAX_FLOWS] > 0)
        warnings_add(&run->warnings,
                     "%" PRIu64 " packets came when %" PRId64
                     " flows were open and would have opened one more: they were skipped; raise "
                     "--max-flows, or end silent flows sooner with --idle-timeout",
                     counts->skipped[SKIP_MAX_FLOWS], run->config->source.max_flows);
    collect_time_warnings(run, counts);
    for (int i = 0; stream_note(counts, run->config->source.count, i, note); i++)
        warnings_add(&run->warnings, "%s", note);
}

static void collect_group_warnings(struct run *run, const struct group_totals *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && group->limits; d++)
        if (group->peak_tick_bytes[d] >= SHAPER_LIMIT_MAX_BYTES)
            warnings_add(
                &run->warnings,
                "group %s: a tick carried 2147483647 bytes, the most that libevent keeps: a "
                "direction without a limit was limited by that; use a shorter tick",
                group->name);
    if (group->credits_above_burst > 0)
        warnings_add(&run->warnings,
                     "group %s: a credit lifted a bucket above its burst; libevent then adds the "
                     "rate at every tick without end: give back no more than was taken",
                     group->name);
    if (group->false_eofs > 0 && run->config->transport == SHAPER_TRANSPORT_TLS)
        warnings_add(&run->warnings,
                     "group %s: TLS failed for %" PRIu64 " of %" PRIu64
                     " flows; what was left of them is lost",
                     group->name, group->false_eofs, group->flows);
    else if (group->false_eofs > 0)
        warnings_add(&run->warnings,
                     "group %s: libevent reported a false end of file to %" PRIu64 " of %" PRIu64
                     " flows (min-share 0); use 1 or more",
                     group->name, group->false_eofs, group->flows);
    if (group->broken_flows > 0 && !run->config->is_closed_loop)
        warnings_add(&run->warnings,
                     "group %s: %" PRIu64 " of %" PRIu64
                     " flows could never go on, as what had filled their window was lost; leave "
                     "--receive-window out",
                     group->name, group->broken_flows, group->flows);
    else if (group->broken_flows > 0)
        warnings_add(&run->warnings,
                     "group %s: %" PRIu64 " of %" PRIu64
                     " flows could never go on, as what they react to was lost; --replay open "
                     "does not wait for it",
                     group->name, group->broken_flows, group->flows);
}

/* Prints a line in which `name` is untrusted. */
static void print_line(FILE *out, const char *before, const char *name, const char *after)
{
    fputs(before, out);
    trace_print_plain(out, 0, name);
    fprintf(out, "%s\n", after);
}

/* Prints the warnings that are new since the last call. */
static void print_warnings(struct run *run)
{
    for (; run->warnings_printed < run->warnings.count; run->warnings_printed++)
        print_line(stderr, "shapesim: warning: ", run->warnings.texts[run->warnings_printed], "");
}

static int open_trace(struct run *run, const struct flow_source_options *options,
                      struct flow_source **source, char *error)
{
    char text[TRACE_ERROR_BYTES];
    int opened = flow_source_open_files(run->config->traces, run->config->trace_count, options,
                                        source, text);

    if (opened == TRACE_OK)
        return SIM_OK;
    return sim_fail(error, opened == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
}

/* What of the trace is replayed much earlier or later than it was captured waits in memory. */
static int check_speed(const struct run *run, char *error)
{
    if (run->config->source.schedule.speed_milli == FLOW_SPEED_ONE ||
        capture_is_file(flow_source_capture(run->source)))
        return SIM_OK;
    return sim_fail(error, SIM_MISUSE,
                    "--speed: flows are replayed long before or after what is captured with them, "
                    "and a pipe gives no more than that; give a file");
}

/* --- passes over the file before the replay --------------------------------------------------- */

/* The first pass records the events for what reads them after it. Frames and contents, which take
 * more than decoding them again, are not recorded. */
static int begin_recording(struct run *run, char *error)
{
    const struct run_config *config = run->config;
    struct flow_source *first = run->flow_ticks.source  ? run->flow_ticks.source
                                : run->exchanges.source ? run->exchanges.source
                                                        : run->ends_pass;
    char text[TRACE_ERROR_BYTES];

    if (!first || !config->output_directory || config->source.recording ||
        config->source.schedule.keeps_frames || config->source.schedule.keeps_content)
        return SIM_OK;
    run->recording_fd = nameless_file_open(config->output_directory);
    if (run->recording_fd < 0)
        return SIM_OK;
    run->recording_key = flow_recording_key(config->traces, config->trace_count, &config->source);
    if (!run->recording_key)
        return sim_fail(error, SIM_FAILED, "out of memory");
    uint64_t room_bytes = nameless_file_room_bytes(run->recording_fd);
    if (room_bytes > FLOW_RECORDING_BYTES_MAX)
        room_bytes = FLOW_RECORDING_BYTES_MAX;
    return flow_source_record(first, run->recording_fd, room_bytes, run->recording_key, text) ==
                   TRACE_OK
               ? SIM_OK
               : sim_fail(error, SIM_FAILED, "%s", text);
}

/* After the first pass: without a recording of it, the others read the trace as well. */
static int take_recording(struct run *run, char *error)
{
    struct flow_source *const others[] = {run->exchanges.source, run->ends_pass, run->virtual_pass,
                                          run->source};
    char text[TRACE_ERROR_BYTES];

    if (run->recording_fd < 0)
        return SIM_OK;
    run->recording = flow_recording_open(run->recording_fd, run->recording_key);
    close(run->recording_fd);
    run->recording_fd = -1;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && run->recording; i++)
        if (others[i] && flow_source_take_recording(others[i], run->recording, text) != TRACE_OK)
            return sim_fail(error, SIM_FAILED, "%s", text);
    return SIM_OK;
}

/* `count`: how many of the largest flows have rows. */
static int open_pass(struct run *run, int64_t count, struct ranking_pass *pass, char *error)
{
    if (!run->config->output_directory || count == 0 || count == FLOW_TICKS_ALL ||
        !capture_is_file(flow_source_capture(run->source)))
        return SIM_OK;
    struct flow_source_options options = run->config->source;
    options.schedule.keeps_frames = false;
    options.schedule.keeps_content = false;
    return open_trace(run, &options, &pass->source, error);
}

static int read_pass(struct run *run, int64_t count, const struct flow_choice *choice,
                     struct ranking_pass *pass, char *error)
{
    if (!pass->source)
        return SIM_OK;
    int status =
        flow_ranking_read(pass->source, (size_t)count, choice, run->stop, &pass->ranking, error);
    flow_source_free(pass->source);
    pass->source = NULL;
    return status == SIM_OK ? take_recording(run, error) : status;
}

static int open_rankings(struct run *run, char *error)
{
    const struct run_config *config = run->config;

    if (config->files == RUN_FILES_SUMMARY)
        return SIM_OK;
    int status = open_pass(run, config->flow_ticks, &run->flow_ticks, error);
    return status == SIM_OK ? open_pass(run, config->exchanges, &run->exchanges, error) : status;
}

/* Only flows with limits have ticks. */
static int make_rankings(struct run *run, char *error)
{
    const struct flow_choice limited = {.wants = replay_limits_flow, .arg = run->replay};
    const struct flow_choice all = {.wants = NULL};
    int status = read_pass(run, run->config->flow_ticks, &limited, &run->flow_ticks, error);

    return status == SIM_OK ? read_pass(run, run->config->exchanges, &all, &run->exchanges, error)
                            : status;
}

static void free_pass(struct ranking_pass *pass)
{
    flow_ranking_free(pass->ranking);
    flow_source_free(pass->source);
}

/* Apache's filter sees the end of each response, which only a pass over the whole file tells. */
static int open_ends_pass(struct run *run, char *error)
{
    const struct run_config *config = run->config;

    if (!config->is_closed_loop ||
        !application_has_filter(&config->application, SHAPER_FILTER_RATELIMIT))
        return SIM_OK;
    if (!capture_is_file(flow_source_capture(run->source)))
        return sim_fail(error, SIM_MISUSE,
                        "--via ratelimit: in closed loop it needs to know where responses end, and "
                        "a pipe is read only once; give a file, or --replay open");
    struct flow_source_options options = config->source;
    options.schedule = (struct flow_schedule_options){.copies = 1}; /* packets have their numbers */
    return open_trace(run, &options, &run->ends_pass, error);
}

/* What the machine's lateness adds in closed loop is known by a replay with the virtual clock. */
static int open_virtual_pass(struct run *run, char *error)
{
    if (!summary_has_extra_shift(run->config) || !capture_is_file(flow_source_capture(run->source)))
        return SIM_OK;
    return open_trace(run, &run->config->source, &run->virtual_pass, error);
}

/* Keeps when each packet is due. A replay that fails leaves nothing to compare with: the real one
 * says why. */
static int replay_virtually(struct run *run, struct run_config *config, char *error)
{
    const struct replay_setup setup = {
        .response_ends = run->response_ends, .due_times = run->due_times, .stop = run->stop};
    struct replay *replay = NULL;
    int status = replay_new(config, run->virtual_pass, &replay, error);

    if (status == SIM_OK && replay_run(replay, &setup, error) == REPLAY_INTERRUPTED)
        status = sim_fail(error, SIM_INTERRUPTED, "interrupted before the replay began");
    replay_free(replay);
    return status;
}

static int find_due_times(struct run *run, char *error)
{
    if (!run->virtual_pass)
        return SIM_OK;
    struct run_config *config = malloc(sizeof(*config));
    run->due_times = due_times_new();
    if (!config || !run->due_times) {
        free(config);
        return sim_fail(error, SIM_FAILED, "out of memory");
    }
    *config = *run->config; /* borrows all that is behind pointers */
    config->clock = SIM_CLOCK_VIRTUAL;
    int status = replay_virtually(run, config, error);
    free(config);
    flow_source_free(run->virtual_pass);
    run->virtual_pass = NULL;
    due_times_compare(run->due_times);
    return status;
}

static int find_response_ends(struct run *run, char *error)
{
    if (!run->ends_pass)
        return SIM_OK;
    int status = response_ends_read(run->ends_pass, run->stop, &run->response_ends, error);
    flow_source_free(run->ends_pass);
    run->ends_pass = NULL;
    return status == SIM_OK ? take_recording(run, error) : status;
}

/* From here on the trace is read. */
static int enter_sandbox(const struct run *run, char *error)
{
    const struct run_config *config = run->config;
    const struct sandbox sandbox = {.directory = config->output_directory,
                                    .part = config->atomic ? config->output_directory : NULL,
                                    .made = run->made_directory,
                                    .has_threads = true,
                                    .has_socket_pairs =
                                        config->transport == SHAPER_TRANSPORT_SOCKET};

    return sandbox_enter(&sandbox, error);
}

/* Two per open flow: as many as the system allows without extra privileges. */
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
                                       .has_exchanges = config->exchanges != 0,
                                       .lacks_tables = config->files == RUN_FILES_SUMMARY,
                                       .lacks_ticks = config->files != RUN_FILES_ALL,
                                       .compresses = config->compress,
                                       .shaped = config->write_pcap ? &format : NULL};
    int status = replay_self_check(error);

    if (status == SIM_OK && directory && run->directory->fd < 0) {
        status = output_directory_check_part(directory, error);
        if (status == SIM_OK)
            status = output_directory_check(run->directory, directory, config->force, error);
    }
    if (status != SIM_OK)
        return status;
    status = open_trace(run, &config->source, &run->source, error);
    if (status == SIM_OK)
        status = check_speed(run, error);
    if (status != SIM_OK)
        return status;
    capture_read_format(flow_source_capture(run->source), &format);
    if (config->write_pcap && format.has_several_link_types && config->source.count == COUNT_WIRE)
        return sim_fail(error, SIM_MISUSE,
                        "--write-pcap: the trace has several link types, so the packets would be "
                        "written as raw IP, without the headers that --count wire counts; use "
                        "--count ip");
    /* What cannot work is detected before anything is written. */
    status = replay_new(config, run->source, &run->replay, error);
    if (status == SIM_OK)
        status = open_rankings(run, error);
    if (status == SIM_OK)
        status = open_ends_pass(run, error);
    if (status == SIM_OK)
        status = open_virtual_pass(run, error);
    if (status == SIM_OK && directory)
        status = output_directory_take(run->directory, directory, config->force,
                                       &run->made_directory, error);
    if (status == SIM_OK)
        status = begin_recording(run, error);
    if (status == SIM_OK)
        status = enter_sandbox(run, error);
    if (status == SIM_OK)
        status = make_rankings(run, error);
    if (status == SIM_OK)
        status = find_response_ends(run, error);
    if (status == SIM_OK)
        status = find_due_times(run, error);
    if (status == SIM_OK && directory)
        status = owned_directory_clear(run->directory, false, error);
    if (status == SIM_OK && directory)
        status = record_open(run->directory, &parts, &run->record, error);
    return status;
}

/* ": ", then every file of the run. */
static void list_files(const struct record *record, char *files, size_t room)
{
    const char *name;
    size_t used = (size_t)snprintf(files, room, ": ");

    for (size_t i = 0; (name = record_file_name(record, i)) && used < room; i++)
        used += (size_t)snprintf(files + used, room - used, "%s, ", name);
    if (used < room)
        snprintf(files + used, room - used, "summary.json");
}

static void write_delays(struct run *run, const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->group_count; i++) {
        const struct group_totals *group = outcome->groups[i];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            record_delays(run->record, group->name, (enum shaper_direction)d, &group->delays[d]);
    }
}

static void take_shaped_counts(struct run *run, struct summary *summary)
{
    struct capture_format format;

    summary->shaped = *shaped_capture_counts(record_shaped(run->record));
    capture_read_format(flow_source_capture(run->source), &format);
    if (format.has_several_link_types)
        warnings_add(&run->warnings,
                     SHAPED_CAPTURE_FILE ": the trace has several link types, a pcap file has one: "
                                         "the packets are in it as raw IP, without link headers");
    if (summary->shaped.undelivered > 0)
        warnings_add(&run->warnings,
                     SHAPED_CAPTURE_FILE ": %" PRIu64 " of %" PRIu64
                                         " packets are not in it: they were not delivered when the "
                                         "run ended",
                     summary->shaped.undelivered,
                     summary->shaped.undelivered + summary->shaped.packets);
}

/* It was while the rows were written, or the rest of the capture was read for its hash. */
static int interrupted(struct run *run, const struct outcome *outcome, char *error)
{
    const char *directory = run->config->output_directory;
    bool kept = run->record != NULL && !run->config->atomic;

    process_finish();
    if (kept) {
        record_keep_partial(run->record);
        run->record = NULL;
        run->keeps_rows = true;
    }
    return sim_fail(
        error, SIM_INTERRUPTED,
        "interrupted at %.6f s of virtual time, after %" PRIu64 " packets%s%s%s",
        (double)outcome->end_us / 1e6, outcome->counts->packets,
        kept ? "; the rows so far are in " : "", kept ? directory : "",
        kept ? run->config->write_pcap || run->config->compress ? "/*.part" : "/*.csv.part" : "");
}

/* The hash identifies the capture of the files: without it they are useless. */
static int commit_files(struct run *run, struct summary *summary, char *error)
{
    char text[TRACE_ERROR_BYTES];
    /* Reads to the end of the trace. */
    int failed = flow_source_hash(run->source, summary->trace_hash, text) != TRACE_OK;

    if (*run->stop)
        return interrupted(run, summary->outcome, error);
    process_finish();
    if (failed)
        return sim_fail(error, SIM_FAILED, "%s", text);
    int status = record_commit(run->record, &summary->files, error);
    run->record = NULL;
    return status;
}

/* Of flows there were, none met the rule. */
static void collect_rule_warnings(struct run *run, const struct outcome *outcome)
{
    const struct run_config *config = run->config;
    const struct scheduling_config *scheduling = &config->scheduling;

    if (outcome->counts->flows == 0)
        return;
    for (size_t i = 0; i < config->groups; i++)
        if (config->specs[i].match && !outcome->groups[i]->is_met)
            warnings_add(&run->warnings,
                         "group %s: no flow%s met match '%.200s' with its first packet; compare it "
                         "with the flows of 'shapesim trace info'",
                         config->specs[i].name, i > 0 ? " left by the groups before it" : "",
                         config->specs[i].match);
    for (size_t i = 0; i < scheduling->weight_count; i++)
        if (!outcome->weights_met[i])
            warnings_add(&run->warnings,
                         "--weight: no flow%s met '%.200s' with its first packet; compare it with "
                         "the flows of 'shapesim trace info'",
                         i > 0 ? " left by the weights before it" : "",
                         scheduling->weights[i].match);
}

/* What --max-time cut off, over all groups. */
static void collect_cut_warning(struct run *run, const struct outcome *outcome)
{
    uint64_t undelivered = 0, unoffered = 0;

    for (size_t i = 0; i < outcome->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const struct group_totals *group = outcome->groups[i];
            undelivered += group->offered_bytes[d] - group->delivered_bytes[d];
            unoffered += group->unoffered_bytes[d];
        }
    if (outcome->uncounted)
        warnings_add(&run->warnings,
                     "stopped at --max-time with %" PRIu64
                     " bytes undelivered; what of the trace was not offered is not known: %s",
                     undelivered, outcome->uncounted);
    else
        warnings_add(&run->warnings,
                     "stopped at --max-time with %" PRIu64 " bytes undelivered and %" PRIu64
                     " bytes of the trace not offered",
                     undelivered, unoffered);
}

/* The warnings at the end of a run. */
static void collect_end_warnings(struct run *run, const struct outcome *outcome)
{
    collect_trace_warnings(run, outcome);
    for (size_t i = 0; i < outcome->group_count; i++)
        collect_group_warnings(run, outcome->groups[i]);
    collect_rule_warnings(run, outcome);
    if (outcome->events_taken < run->config->event_count)
        warnings_add(&run->warnings, "%zu of the --at events come after the end of the run",
                     run->config->event_count - outcome->events_taken);
    if (outcome->events_missed > 0)
        warnings_add(&run->warnings,
                     "%zu of the --at events are for flows that were not open then, or not in a "
                     "group",
                     outcome->events_missed);
    if (outcome->bucketless_flow > 0)
        warnings_add(&run->warnings,
                     "--at: flow %" PRIu64 " had no bucket of its own to decrement: nothing was "
                     "taken; give it one with rate= in an --at before",
                     outcome->bucketless_flow);
    if (outcome->end == REPLAY_MAX_TIME)
        collect_cut_warning(run, outcome);
}

static int finish(struct run *run, const struct outcome *outcome, char *error)
{
    char files[512] = "";
    const struct run_config *config = run->config;
    struct summary summary = {.config = config,
                              .outcome = outcome,
                              .warnings = &run->warnings,
                              .extra_shift =
                                  run->due_times ? due_times_extra_shift(run->due_times) : NULL,
                              .trace_name = trace_name(config->trace)};
    int status = SIM_OK;

    collect_end_warnings(run, outcome);
    if (run->record && record_shaped(run->record))
        take_shaped_counts(run, &summary);
    print_warnings(run);
    if (run->record) {
        write_delays(run, outcome);
        list_files(run->record, files, sizeof(files));
        status = commit_files(run, &summary, error);
    }
    if (status == SIM_OK && config->output_directory)
        status = summary_write(&summary, run->directory, error);
    if (status != SIM_OK)
        return status;
    owned_directory_unmark(run->directory);
    if (config->json)
        return print_json(run_table_json(&summary), error);
    if (!config->quiet) {
        run_table_print(&summary, stdout);
        if (config->output_directory)
            print_line(stdout, "\n", config->output_directory, files);
    }
    if (config->prints_c && !config->quiet)
        putchar('\n');
    if (config->prints_c)
        limits_c_print(config, stdout);
    if (fflush(stdout) != 0)
        return sim_fail(error, SIM_FAILED, "standard output cannot be written");
    return SIM_OK;
}

static int replay(struct run *run, char *error)
{
    struct outcome outcome;
    struct progress_line progress;
    struct replay_setup setup = {.ranking = run->flow_ticks.ranking,
                                 .exchange_ranking = run->exchanges.ranking,
                                 .response_ends = run->response_ends,
                                 .due_times = run->due_times,
                                 .record = run->record,
                                 .measures = !run->config->quiet || run->config->json,
                                 .stop = run->stop};

    progress_begin(&progress, run->source, run->config->max_time_us);
    if (!run->config->quiet && isatty(STDERR_FILENO)) {
        setup.progress = progress_step;
        setup.progress_arg = &progress;
    }
    replay_run(run->replay, &setup, error);
    progress_end(&progress);
    replay_outcome(run->replay, &outcome);
    switch (outcome.end) {
    case REPLAY_DRAINED:
    case REPLAY_MAX_TIME:
        if (outcome.end == REPLAY_DRAINED && empty_trace(outcome.counts))
            return empty_trace_fail(run->config, flow_source_capture(run->source), outcome.counts,
                                    outcome.is_truncated, error);
        return finish(run, &outcome, error);
    case REPLAY_INTERRUPTED:
        return interrupted(run, &outcome, error);
    case REPLAY_FAILED:
        break;
    }
    return SIM_FAILED;
}

static int run_once(const struct run_config *config, struct owned_directory *directory, char *error)
{
    struct run *run = calloc(1, sizeof(*run));

    if (!run)
        return sim_fail(error, SIM_FAILED, "out of memory");
    run->config = config;
    run->directory = directory;
    run->stop = process_stop_at_signals();
    run->recording_fd = -1;
    collect_limit_warnings(run);
    if (config->transport == SHAPER_TRANSPORT_SOCKET)
        raise_descriptor_limit();
    int status = prepare(run, error);
    if (status == SIM_OK)
        print_warnings(run);
    if (status == SIM_OK)
        status = replay(run, error);
    else if (*run->stop) /* a signal also ends the reading of a pipe */
        status = sim_fail(error, SIM_INTERRUPTED, "interrupted before the replay began");
    record_discard(run->record);
    if (status != SIM_OK && !run->keeps_rows && directory->fd >= 0)
        owned_directory_undo(directory); /* files that have their final names are useless without
                                          * the others */
    if (status != SIM_OK && run->made_directory)
        output_directory_abandon(config->output_directory, run->made_directory);
    free(run->made_directory);
    replay_free(run->replay);
    free_pass(&run->flow_ticks);
    free_pass(&run->exchanges);
    flow_source_free(run->ends_pass);
    flow_source_free(run->virtual_pass);
    response_ends_free(run->response_ends);
    due_times_free(run->due_times);
    flow_source_free(run->source);
    flow_recording_free(run->recording);
    if (run->recording_fd >= 0)
        close(run->recording_fd);
    free(run->recording_key);
    free(run);
    return status;
}

int command_run(const struct run_config *config, char *error)
{
    process_stop_at_signals(); /* before the first file or directory is made */
    if (config->write_pcap && !config->output_directory)
        return sim_fail(error, SIM_MISUSE, "--write-pcap: needs a directory; add -o DIR");
    if (!config->atomic) {
        struct owned_directory directory;
        owned_directory_init(&directory);
        int status = run_once(config, &directory, error);
        owned_directory_close(&directory);
        return status;
    }
    if (!config->output_directory || config->force)
        return sim_fail(error, SIM_MISUSE,
                        "--atomic: needs -o DIR, and replaces nothing: leave "
                        "--force out");
    return whole_directory_run(config, run_once, error);
}
