#include "sim/options.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "sim/units.h"

#define OPTIONS_MAX 64

typedef int setter(struct parsed_options *parsed, const char *name, const char *what,
                   const char *value, char *error);

struct option_entry {
    struct option_row row;
    setter *set;
    bool is_incidental; /* does not decide the result: left out of the recorded command */
};

/* --- setters ----------------------------------------------------------------------------- */

/* One of a list of words. */
static int pick(const char *what, const char *value, const char *const *words, char *error)
{
    char list[128] = "";

    for (int i = 0; words[i]; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", words[i]);
    }
    sim_fail(error, SIM_MISUSE, "%s %s: not one of %s", what, value, list);
    return -1;
}

static struct flow_source_options *source_of(struct parsed_options *parsed)
{
    return parsed->command == COMMAND_RUN ? &parsed->run.source : &parsed->info.source;
}

/* The class "all" lives behind the groups until parsing is over. */
static int set_limit(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    return limit_set(&parsed->run.specs[CLASSES_MAX - 1], name, what, value, error);
}

static int set_group(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    struct run_config *run = &parsed->run;

    (void)name;
    if (run->classes == CLASSES_MAX - 1)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d groups", what, value,
                        CLASSES_MAX - 1);
    int status = class_spec_parse(value, &run->specs[run->classes], error);
    if (status == SIM_OK)
        run->classes++;
    return status;
}

static int set_output(struct parsed_options *parsed, const char *name, const char *what,
                      const char *value, char *error)
{
    (void)name;
    if (!*value)
        return sim_fail(error, SIM_MISUSE, "%s: names nothing; give a path", what);
    if (parsed->command == COMMAND_TRACE_SYNTH)
        parsed->synth.output = value;
    else
        parsed->run.output_directory = value;
    return SIM_OK;
}

static int set_force(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    (void)name, (void)what, (void)value, (void)error;
    parsed->run.force = true;
    return SIM_OK;
}

static int set_quiet(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    (void)name, (void)what, (void)value, (void)error;
    parsed->run.quiet = true;
    return SIM_OK;
}

static int set_help(struct parsed_options *parsed, const char *name, const char *what,
                    const char *value, char *error)
{
    (void)name, (void)what, (void)value, (void)error;
    parsed->wants_help = true;
    return SIM_OK;
}

static int set_seed(struct parsed_options *parsed, const char *name, const char *what,
                    const char *value, char *error)
{
    int64_t seed;
    int status = unit_count(what, value, 0, INT64_C(1000000000000), &seed, error);

    (void)name;
    if (status != SIM_OK)
        return status;
    parsed->run.seed = seed;
    parsed->synth.spec.seed = (uint64_t)seed;
    return SIM_OK;
}

static int set_transport(struct parsed_options *parsed, const char *name, const char *what,
                         const char *value, char *error)
{
    static const char *const words[] = {"pair", "socket", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    parsed->run.transport = which == 1 ? SHAPER_TRANSPORT_SOCKET : SHAPER_TRANSPORT_PAIR;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_clock(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    static const char *const words[] = {"virtual", "real", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    parsed->run.clock = which == 1 ? SIM_CLOCK_REAL : SIM_CLOCK_VIRTUAL;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_shape(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    static const char *const words[] = {"responder", "initiator", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    parsed->run.shape_initiator = which == 1;
    return which < 0 ? SIM_MISUSE : SIM_OK;
}

static int set_count(struct parsed_options *parsed, const char *name, const char *what,
                     const char *value, char *error)
{
    static const char *const words[] = {"payload", "ip", "wire", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    if (which < 0)
        return SIM_MISUSE;
    source_of(parsed)->count = (enum count_mode)which;
    return SIM_OK;
}

static int set_filter(struct parsed_options *parsed, const char *name, const char *what,
                      const char *value, char *error)
{
    (void)name, (void)what, (void)error;
    source_of(parsed)->filter = value;
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

static int set_idle_timeout(struct parsed_options *parsed, const char *name, const char *what,
                            const char *value, char *error)
{
    (void)name;
    return positive_time(what, value, &source_of(parsed)->idle_timeout_us, error);
}

static int set_max_time(struct parsed_options *parsed, const char *name, const char *what,
                        const char *value, char *error)
{
    (void)name;
    return positive_time(what, value, &parsed->run.max_time_us, error);
}

static int set_max_gap(struct parsed_options *parsed, const char *name, const char *what,
                       const char *value, char *error)
{
    (void)name;
    return positive_time(what, value, &source_of(parsed)->max_gap_us, error);
}

static int set_idle_ticks(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    static const char *const words[] = {"keep", "skip", NULL};
    int which = pick(what, value, words, error);

    (void)name;
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

static int set_flow_ticks(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    (void)name;
    return flow_number(what, value, &parsed->run.flow_ticks, error);
}

static int set_info_flows(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    (void)name;
    return flow_number(what, value, &parsed->info.flows, error);
}

static int set_info_csv(struct parsed_options *parsed, const char *name, const char *what,
                        const char *value, char *error)
{
    (void)name, (void)what, (void)value, (void)error;
    parsed->info.csv = true;
    return SIM_OK;
}

static int set_synth_source(struct parsed_options *parsed, const char *name, const char *what,
                            const char *value, char *error)
{
    static const char *const words[] = {"constant", "on-off", "poisson", "pareto", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.source = (enum synth_source)which;
    return SIM_OK;
}

static int set_synth_direction(struct parsed_options *parsed, const char *name, const char *what,
                               const char *value, char *error)
{
    static const char *const words[] = {"read", "write", "both", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.direction = (enum synth_direction)which;
    return SIM_OK;
}

static int set_synth_protocol(struct parsed_options *parsed, const char *name, const char *what,
                              const char *value, char *error)
{
    static const char *const words[] = {"tcp", "udp", NULL};
    int which = pick(what, value, words, error);

    (void)name;
    if (which < 0)
        return SIM_MISUSE;
    parsed->synth.spec.protocol = (enum synth_protocol)which;
    return SIM_OK;
}

static int set_synth_rate(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    struct rate_value rate;
    int status = unit_rate(what, value, &rate, error);

    (void)name;
    if (status != SIM_OK)
        return status;
    if (rate.is_per_tick || rate.microbits_per_s % 8000000 != 0)
        return sim_fail(error, SIM_MISUSE, "%s %s: not a whole number of bytes per second", what,
                        value);
    parsed->synth.spec.rate_bytes_per_s = (uint64_t)(rate.microbits_per_s / 8000000);
    return SIM_OK;
}

static int set_synth_flows(struct parsed_options *parsed, const char *name, const char *what,
                           const char *value, char *error)
{
    int64_t flows;
    int status = unit_count(what, value, 1, SYNTH_FLOWS_MAX, &flows, error);

    (void)name;
    if (status == SIM_OK)
        parsed->synth.spec.flows = (uint32_t)flows;
    return status;
}

static int set_synth_size(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    int64_t bytes;
    int status = unit_size_bytes(what, value, &bytes, error);

    if (status != SIM_OK)
        return status;
    if (bytes > SYNTH_SNAPLEN_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: at most %d bytes", what, value,
                        SYNTH_SNAPLEN_MAX);
    if (strcmp(name, "packet") == 0)
        parsed->synth.spec.packet_bytes = (uint32_t)bytes;
    else
        parsed->synth.spec.snaplen_bytes = (uint32_t)bytes;
    return SIM_OK;
}

static int set_synth_time(struct parsed_options *parsed, const char *name, const char *what,
                          const char *value, char *error)
{
    struct synth_spec *spec = &parsed->synth.spec;
    int64_t us;
    int status = unit_time_us(what, value, &us, error);

    if (status != SIM_OK)
        return status;
    if (strcmp(name, "duration") == 0)
        spec->duration_us = (uint64_t)us;
    else if (strcmp(name, "spread") == 0)
        spec->spread_us = (uint64_t)us;
    else if (strcmp(name, "on") == 0)
        spec->on_us = (uint64_t)us;
    else
        spec->off_us = (uint64_t)us;
    return SIM_OK;
}

static int set_pareto_shape(struct parsed_options *parsed, const char *name, const char *what,
                            const char *value, char *error)
{
    char scaled[32];
    int64_t milli;

    (void)name;
    /* A shape of 1.5 is 1500 ms to the reader of times: exact, and no second parser. */
    snprintf(scaled, sizeof(scaled), "%.24sms", value);
    if (strlen(value) > 24 || unit_time_us(what, scaled, &milli, error) != SIM_OK ||
        milli > 1000000)
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: write a number above 1 with up to three decimals, like 1.5", what,
                        value);
    parsed->synth.spec.pareto_shape_milli = (uint32_t)milli;
    return SIM_OK;
}

static int set_against(struct parsed_options *parsed, const char *name, const char *what,
                       const char *value, char *error)
{
    (void)name, (void)what, (void)error;
    parsed->verify.against = value;
    return SIM_OK;
}

/* --- the table --------------------------------------------------------------------------- */

#define RUN   COMMAND_RUN
#define INFO  COMMAND_TRACE_INFO
#define SYNTH COMMAND_TRACE_SYNTH
#define CHECK COMMAND_VERIFY

#define LIMITS     "Limits of the group \"all\""
#define OWN_LIMITS "Each flow's own limit"
#define GROUPS     "Several groups"
#define REPLAY     "Replay"
#define TRACE      "Trace"
#define OUTPUT     "Output"
#define SOURCE     "Source"
#define CHECKS     "Checks"

static const struct option_entry table[] = {
    {{"rate", 0, "RATE", RUN, LIMITS, "fill rate of both buckets, like 10mbit or 1250kB/s"},
     set_limit,
     false},
    {{"burst", 0, "SIZE", RUN, LIMITS, "depth of both buckets (default: one tick's worth)"},
     set_limit,
     false},
    {{"read-rate", 0, "RATE", RUN, LIMITS,
      "of the read bucket alone: what the shaped end receives"},
     set_limit,
     false},
    {{"read-burst", 0, "SIZE", RUN, LIMITS, "of the read bucket alone"}, set_limit, false},
    {{"write-rate", 0, "RATE", RUN, LIMITS, "of the write bucket alone: what the shaped end sends"},
     set_limit,
     false},
    {{"write-burst", 0, "SIZE", RUN, LIMITS, "of the write bucket alone"}, set_limit, false},
    {{"tick", 0, "TIME", RUN, LIMITS, "length of a tick, whole ms (default 1s, as libevent's)"},
     set_limit,
     false},
    {{"min-share", 0, "SIZE", RUN, LIMITS, "least that a flow is granted at once (default 64)"},
     set_limit,
     false},
    {{"flow-rate", 0, "RATE", RUN, OWN_LIMITS, "fill rate of each flow's own buckets"},
     set_limit,
     false},
    {{"flow-burst", 0, "SIZE", RUN, OWN_LIMITS, "their depth (default: one tick's worth)"},
     set_limit,
     false},
    {{"flow-tick", 0, "TIME", RUN, OWN_LIMITS, "their tick (default: the group's)"},
     set_limit,
     false},
    {{"group", 0, "SPEC", RUN, GROUPS,
      "one more group, before \"all\": name=web,match=BPF and the limits above as KEY=VALUE, like "
      "name=web,match=tcp port 80,rate=10mbit,tick=10ms; a flow joins the first group whose match "
      "its first packet meets"},
     set_group,
     false},
    {{"seed", 0, "N", RUN | SYNTH, REPLAY, "of every random draw (default 1)"}, set_seed, false},
    {{"transport", 0, "pair|socket", RUN, REPLAY,
      "what carries a flow: a bufferevent pair, or native sockets (default pair)"},
     set_transport,
     false},
    {{"clock", 0, "virtual|real", RUN, REPLAY, "virtual time, or the wall's (default virtual)"},
     set_clock,
     false},
    {{"shape", 0, "responder|initiator", RUN, REPLAY,
      "which end of a flow is limited (default responder, as on a server)"},
     set_shape,
     false},
    {{"max-time", 0, "TIME", RUN, REPLAY, "stop there, whatever is left"}, set_max_time, false},
    {{"filter", 0, "BPF", RUN | INFO, TRACE, "take only packets that match, as tcpdump would"},
     set_filter,
     false},
    {{"count", 0, "payload|ip|wire", RUN | INFO, TRACE,
      "what of a packet is replayed: transport payload, as libevent counts, the IP packet, or the "
      "frame (default payload)"},
     set_count,
     false},
    {{"idle-timeout", 0, "TIME", RUN | INFO, TRACE,
      "a flow without a packet for so long is closed (default 300s)"},
     set_idle_timeout,
     false},
    {{"max-gap", 0, "TIME", RUN | INFO, TRACE, "shorten longer silences of the trace to this"},
     set_max_gap,
     false},
    {{"flows", 0, "all|none|N", INFO, OUTPUT, "list so many flows, the largest (default 20)"},
     set_info_flows,
     false},
    {{"csv", 0, NULL, INFO, OUTPUT, "print every flow as CSV and nothing else"},
     set_info_csv,
     false},
    {{"source", 0, "NAME", SYNTH, SOURCE, "constant, on-off, poisson or pareto (default constant)"},
     set_synth_source,
     false},
    {{"flows", 0, "N", SYNTH, SOURCE, "how many flows (default 1)"}, set_synth_flows, false},
    {{"rate", 0, "RATE", SYNTH, SOURCE,
      "mean payload rate of each flow and direction (default 1mbit)"},
     set_synth_rate,
     false},
    {{"packet", 0, "SIZE", SYNTH, SOURCE, "payload of a packet (default 1000)"},
     set_synth_size,
     false},
    {{"duration", 0, "TIME", SYNTH, SOURCE, "length of the capture (default 10s)"},
     set_synth_time,
     false},
    {{"direction", 0, "read|write|both", SYNTH, SOURCE,
      "who sends: the initiator, the responder or both (default read)"},
     set_synth_direction,
     false},
    {{"protocol", 0, "tcp|udp", SYNTH, SOURCE, "default tcp, with SYN and FIN"},
     set_synth_protocol,
     false},
    {{"spread", 0, "TIME", SYNTH, SOURCE, "flows start at random within this time (default 0s)"},
     set_synth_time,
     false},
    {{"on", 0, "TIME", SYNTH, SOURCE, "on-off: mean length of a burst (default 1s)"},
     set_synth_time,
     false},
    {{"off", 0, "TIME", SYNTH, SOURCE, "on-off: mean length of a pause (default 1s)"},
     set_synth_time,
     false},
    {{"pareto-shape", 0, "NUMBER", SYNTH, SOURCE, "pareto: tail index above 1 (default 1.5)"},
     set_pareto_shape,
     false},
    {{"snaplen", 0, "SIZE", SYNTH, OUTPUT, "captured bytes of each packet (default 64)"},
     set_synth_size,
     false},
    {{"output", 'o', "DIR", RUN, OUTPUT, "write the files of the run there (default: none)"},
     set_output,
     true},
    {{"output", 'o', "FILE", SYNTH, OUTPUT, "the capture to write, - for standard output"},
     set_output,
     true},
    {{"force", 0, NULL, RUN, OUTPUT, "write into a directory that is not empty"}, set_force, true},
    {{"flow-ticks", 0, "all|none|N", RUN, OUTPUT,
      "flows with rows in flow_ticks.csv: the N with most bytes, found by a first pass; from a "
      "pipe the first N (default 20)"},
     set_flow_ticks,
     false},
    {{"idle-ticks", 0, "keep|skip", RUN, OUTPUT,
      "ticks with full buckets and no traffic: rows or none (default keep)"},
     set_idle_ticks,
     false},
    {{"quiet", 'q', NULL, RUN, OUTPUT, "no progress and no table"}, set_quiet, true},
    {{"against", 0, "DIR", CHECK, CHECKS,
      "compare with another run, row by row, and name the first difference"},
     set_against,
     true},
    {{"help", 'h', NULL, RUN | INFO | SYNTH | CHECK, OUTPUT, "print this and stop"},
     set_help,
     true},
};

#define TABLE_ROWS (sizeof(table) / sizeof(table[0]))

_Static_assert(TABLE_ROWS <= OPTIONS_MAX, "getopt's array has room for every option");

const struct option_row *options_table(size_t index)
{
    return index < TABLE_ROWS ? &table[index].row : NULL;
}

/* --- parsing ----------------------------------------------------------------------------- */

/* getopt_long()'s form of a command's options: `val` is the row, from 1000 on. */
#define FIRST_VALUE 1000

static void make_getopt(enum command command, struct option *longs, char *shorts)
{
    size_t n = 0, m = 0;

    shorts[m++] = ':'; /* errors are ours to tell */
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        const struct option_row *row = &table[i].row;
        if (!(row->commands & command))
            continue;
        longs[n++] = (struct option){.name = row->name,
                                     .has_arg = row->argument ? required_argument : no_argument,
                                     .val = FIRST_VALUE + (int)i};
        if (row->letter) {
            shorts[m++] = row->letter;
            if (row->argument)
                shorts[m++] = ':';
        }
    }
    longs[n] = (struct option){0};
    shorts[m] = '\0';
}

static const struct option_entry *find_entry(enum command command, int value)
{
    if (value >= FIRST_VALUE)
        return &table[value - FIRST_VALUE];
    for (size_t i = 0; i < TABLE_ROWS; i++)
        if (table[i].row.letter == value && (table[i].row.commands & command))
            return &table[i];
    return NULL;
}

static const char *command_name(enum command command)
{
    switch (command) {
    case COMMAND_RUN:
        return "run";
    case COMMAND_TRACE_INFO:
        return "trace info";
    case COMMAND_TRACE_SYNTH:
        return "trace synth";
    case COMMAND_VERIFY:
        return "verify";
    }
    return "";
}

/* Appends a word as a shell would read it. */
static void print_word(FILE *out, const char *word)
{
    const char *harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "-_=+./:,@%";

    if (*word && word[strspn(word, harmless)] == '\0') {
        fprintf(out, " %s", word);
        return;
    }
    fputs(" '", out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

static int take_verify_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    if (optind == argc)
        return sim_fail(error, SIM_MISUSE, "verify: no directory; give that of a finished run");
    if (optind + 1 < argc)
        return sim_fail(error, SIM_MISUSE,
                        "verify: unexpected '%s' behind '%s'; give one directory", argv[optind + 1],
                        argv[optind]);
    if (!parsed->verify.against)
        return sim_fail(error, SIM_MISUSE, "verify: nothing to check; add --against DIR");
    parsed->verify.directory = argv[optind];
    return SIM_OK;
}

static int take_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    const char *command = command_name(parsed->command);

    if (parsed->wants_help)
        return SIM_OK;
    if (parsed->command == COMMAND_TRACE_SYNTH) {
        if (optind < argc)
            return sim_fail(error, SIM_MISUSE, "%s: unexpected '%s'; the file goes behind -o",
                            command, argv[optind]);
        if (!parsed->synth.output)
            return sim_fail(error, SIM_MISUSE, "%s: no output; add -o FILE", command);
        return SIM_OK;
    }
    if (parsed->command == COMMAND_VERIFY)
        return take_verify_operands(parsed, argc, argv, error);
    if (optind == argc)
        return sim_fail(error, SIM_MISUSE,
                        "%s: no trace; give a capture file, or - for standard input", command);
    if (optind + 1 < argc)
        return sim_fail(error, SIM_MISUSE,
                        "%s: unexpected '%s' behind the trace '%s'; give one trace", command,
                        argv[optind + 1], argv[optind]);
    parsed->run.trace = argv[optind];
    parsed->info.trace = argv[optind];
    return SIM_OK;
}

/* The class "all" goes behind the groups, if any of its flags was given. */
static void place_class_all(struct run_config *run)
{
    struct class_spec *all = &run->specs[CLASSES_MAX - 1];
    struct class_spec nothing;

    memset(&nothing, 0, sizeof(nothing));
    if (memcmp(all, &nothing, sizeof(nothing)) == 0)
        return;
    memcpy(all->name, CLASS_NAME_ALL, sizeof(CLASS_NAME_ALL));
    run->specs[run->classes++] = *all;
}

static int unknown_option(const char *word, enum command command, bool lacks_value, char *error)
{
    const char *name = command_name(command);

    if (lacks_value)
        return sim_fail(error, SIM_MISUSE, "%s: needs a value; see shapesim %s --help", word, name);
    return sim_fail(error, SIM_MISUSE,
                    "%s: not an option of %s (or short for several); see shapesim %s --help", word,
                    name, name);
}

int options_parse(enum command command, int argc, char **argv, struct parsed_options *parsed,
                  char *error)
{
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 2];
    char *typed = NULL;
    size_t typed_bytes = 0;
    int value, status = SIM_OK;

    memset(parsed, 0, sizeof(*parsed));
    parsed->command = command;
    run_config_init(&parsed->run);
    synth_spec_init(&parsed->synth.spec);
    parsed->info.source = parsed->run.source;
    parsed->info.flows = FLOW_TICKS_DEFAULT;
    make_getopt(command, longs, shorts);
    FILE *typed_stream = open_memstream(&typed, &typed_bytes);
    if (!typed_stream)
        return sim_fail(error, SIM_FAILED, "out of memory");

    optind = 0; /* GNU: start anew */
    while (status == SIM_OK && (value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (value == '?' || value == ':') {
            const char letter[] = {'-', (char)optopt, '\0'}; /* optind may still be at its word */
            bool is_short = optopt > 0 && optopt < FIRST_VALUE;
            status =
                unknown_option(is_short ? letter : argv[optind - 1], command, value == ':', error);
            break;
        }
        const struct option_entry *entry = find_entry(command, value);
        char what[64];
        snprintf(what, sizeof(what), "--%s", entry->row.name);
        status = entry->set(parsed, entry->row.name, what, optarg, error);
        if (!entry->is_incidental) {
            fprintf(typed_stream, " %s", what);
            if (optarg)
                print_word(typed_stream, optarg);
        }
    }
    fclose(typed_stream);
    place_class_all(&parsed->run);
    if (status == SIM_OK)
        status = take_operands(parsed, argc, argv, error);
    if (status == SIM_OK && !parsed->wants_help && command == COMMAND_RUN) {
        const char *slash = strrchr(parsed->run.trace, '/');
        const char *base = slash ? slash + 1 : parsed->run.trace;
        char *text = NULL;
        size_t bytes = 0;
        FILE *stream = open_memstream(&text, &bytes);
        if (stream) {
            fputs("shapesim run", stream);
            print_word(stream, base);
            fputs(typed, stream);
            fclose(stream);
        }
        parsed->run.command = text;
        status = text ? run_config_check(&parsed->run, error)
                      : sim_fail(error, SIM_FAILED, "out of memory");
    }
    free(typed);
    return status;
}

void parsed_options_fini(struct parsed_options *parsed)
{
    run_config_fini(&parsed->run);
}

/* --- help -------------------------------------------------------------------------------- */

#define HELP_COLUMN 32
#define HELP_WIDTH  96

/* Prints text from a column on, broken at spaces. */
static void print_wrapped(const char *text, FILE *out)
{
    int width = HELP_WIDTH - HELP_COLUMN;

    while ((int)strlen(text) > width) {
        int cut = width;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0)
            cut = width;
        fprintf(out, "%.*s\n%*s", cut, text, HELP_COLUMN, "");
        text += cut;
        while (*text == ' ')
            text++;
    }
    fprintf(out, "%s\n", text);
}

static void print_usage(enum command command, FILE *out)
{
    switch (command) {
    case COMMAND_RUN:
        fputs("Usage: shapesim run TRACE [limits] [options]\n\n"
              "Replays a capture through rate-limited bufferevent pairs on a virtual clock.\n"
              "TRACE is pcap or pcapng, also packed with gzip or zstd, or - for standard input.\n\n"
              "Rates: kbit mbit gbit B/s kB/s MB/s KiB/s MiB/s B/tick. Sizes: B kB MB KiB MiB, a "
              "bare\n"
              "number is bytes. Times: us ms s m h. Decimal k is 1000, Ki is 1024.\n",
              out);
        break;
    case COMMAND_TRACE_INFO:
        fputs("Usage: shapesim trace info TRACE [options]\n\n"
              "Says what is in a capture: flows, bytes, rates, and what would be skipped.\n",
              out);
        break;
    case COMMAND_TRACE_SYNTH:
        fputs("Usage: shapesim trace synth [options] -o FILE\n\n"
              "Makes a capture from synthetic sources. The same options give the same bytes.\n",
              out);
        break;
    case COMMAND_VERIFY:
        fputs("Usage: shapesim verify DIR --against DIR\n\n"
              "Checks a finished run; exit status 1 where the check fails.\n",
              out);
        break;
    }
}

void options_print_help(enum command command, FILE *out)
{
    const char *section = "";

    print_usage(command, out);
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        const struct option_row *row = &table[i].row;
        char flag[64];
        if (!(row->commands & command))
            continue;
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            fprintf(out, "\n%s:\n", section);
        }
        int length = snprintf(flag, sizeof(flag), "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
                              row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                              row->argument ? " " : "", row->argument ? row->argument : "");
        if (length >= HELP_COLUMN - 1)
            fprintf(out, "%s\n%*s", flag, HELP_COLUMN, "");
        else
            fprintf(out, "%-*s", HELP_COLUMN, flag);
        print_wrapped(row->help, out);
    }
}
