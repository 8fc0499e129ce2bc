#include "sim/cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/shell_words.h"
#include "sim/cli/command_names.h"
#include "sim/cli/option_table.h"
#include "sim/config/config_check.h"
#include "traces/file_stream.h"

const struct option_row *options_table(size_t index)
{
    const struct option_entry *entry = option_entry(index);

    return entry ? &entry->row : NULL;
}

/* --- parsing ----------------------------------------------------------------------------- */

/* getopt_long()'s form of a command's options: `val` is the row, from 1000 on. */
#define FIRST_VALUE 1000

static void make_getopt(enum command command, struct option *longs, char *shorts)
{
    const struct option_entry *entry;
    size_t n = 0, m = 0;

    shorts[m++] = ':'; /* this module prints errors */
    for (size_t i = 0; (entry = option_entry(i)); i++) {
        const struct option_row *row = &entry->row;
        if (!(row->commands & command))
            continue;
        int required = entry->traits & OPTION_OPTIONAL ? optional_argument : required_argument;
        longs[n++] = (struct option){.name = row->name,
                                     .has_arg = row->argument ? required : no_argument,
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

/* The entry of what getopt returned. */
static size_t find_entry(enum command command, int value)
{
    const struct option_entry *entry;
    size_t i = 0;

    if (value >= FIRST_VALUE)
        return (size_t)(value - FIRST_VALUE);
    while ((entry = option_entry(i)) &&
           (entry->row.letter != value || !(entry->row.commands & command)))
        i++;
    return i;
}

void options_print_words(FILE *out, const char *program, char *const *words)
{
    shell_word_print(out, program);
    for (; *words; words++) {
        fputc(' ', out);
        shell_word_print(out, *words);
    }
    fputc('\n', out);
}

static int take_verify_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    if (optind == argc)
        return sim_fail(error, SIM_MISUSE,
                        "verify: no directory; give that of a finished run or sweep");
    if (optind + 1 < argc)
        return sim_fail(error, SIM_MISUSE, "verify: unexpected '%s' after '%s'; give one directory",
                        argv[optind + 1], argv[optind]);
    parsed->verify.directory = argv[optind];
    return SIM_OK;
}

static int take_sweep_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    struct sweep_config *sweep = &parsed->sweep;

    sweep->traces = argv + optind;
    sweep->trace_count = (size_t)(argc - optind);
    sweep->directory = parsed->run.output_directory;
    sweep->force = parsed->run.force;
    sweep->quiet = parsed->run.quiet;
    return sweep_config_check(sweep, error);
}

static int take_advise_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    if (optind == argc)
        return sim_fail(error, SIM_MISUSE, "advise: no trace; give a capture file");
    if (optind + 1 < argc)
        return sim_fail(error, SIM_MISUSE, "advise: unexpected '%s' after '%s'; give one trace",
                        argv[optind + 1], argv[optind]);
    int status = take_sweep_operands(parsed, argc, argv, error);
    if (status != SIM_OK)
        return status;
    if (parsed->sweep.wants.count == 0)
        return sim_fail(error, SIM_MISUSE,
                        "advise: no demand; add what must hold, like --want 'response.p99<=300ms'");
    if (!parsed->sweep.directory)
        return sim_fail(error, SIM_MISUSE, "advise: no output; add -o DIR");
    if (parsed->sweep.rank && !parsed->advise.rate)
        return sim_fail(error, SIM_MISUSE,
                        "--rank %s: without --rate the least rate is sought; leave it out, or give "
                        "a rate",
                        parsed->sweep.rank);
    return SIM_OK;
}

/* Records an option that a sweep passes to each of its runs. */
static int keep_for_runs(struct sweep_config *sweep, const struct option_use *use)
{
    if (sweep->option_count == SWEEP_OPTIONS_MAX)
        return sim_fail(use->error, SIM_MISUSE, "%s: more than %d options", use->what,
                        SWEEP_OPTIONS_MAX);
    sweep->options[sweep->option_count++] =
        (struct sweep_option){.name = use->name, .value = use->value};
    return SIM_OK;
}

/* Whether it is a limit of a sweep with several values: a list or a range. */
static bool is_axis(const struct parsed_options *parsed, const struct option_entry *entry,
                    const char *value)
{
    return parsed->command == COMMAND_SWEEP && (entry->traits & OPTION_LISTED) && value &&
           (strchr(value, ',') || strstr(value, ".."));
}

/* Takes it as --vary NAME=VALUES. */
static int take_axis(struct parsed_options *parsed, const struct option_use *use)
{
    struct sweep_config *sweep = &parsed->sweep;
    char *text;

    if (sweep->vary_count == SWEEP_AXES_MAX)
        return sim_fail(use->error, SIM_MISUSE, "%s %s: more than %d lists", use->what, use->value,
                        SWEEP_AXES_MAX);
    if (asprintf(&text, "%s=%s", use->name, use->value) < 0)
        return sim_fail(use->error, SIM_FAILED, "%s: out of memory", use->what);
    parsed->listed[parsed->listed_count++] = text;
    sweep->vary[sweep->vary_count++] = text;
    return SIM_OK;
}

/* What several directories cannot have, or need. */
static int check_report_directories(const struct report_config *report, char *error)
{
    const char *first = report->directories[0], *second = report->directories[1];

    if (report->is_terminal)
        return sim_fail(error, SIM_MISUSE,
                        "report: --terminal draws one figure of one directory, "
                        "not '%s' and '%s'",
                        first, second);
    if (report->table)
        return sim_fail(error, SIM_MISUSE,
                        "report: --table is of one sweep, not '%s' and '%s'; give one", first,
                        second);
    if (report->directory_count > REPORT_RUNS_MAX)
        return sim_fail(error, SIM_MISUSE,
                        "report: %zu directories; curves of at most %d runs can be told apart",
                        report->directory_count, REPORT_RUNS_MAX);
    if (!report->output)
        return sim_fail(error, SIM_MISUSE,
                        "report: unexpected '%s' after '%s'; give one directory, or -o DIR for the "
                        "page that compares several runs",
                        second, first);
    return SIM_OK;
}

static int check_report_formats(struct report_config *report, char *error)
{
    unsigned given = report->formats, figures = given & REPORT_FIGURE_FORMATS;

    if (given == 0)
        report->formats = report->table ? REPORT_MARKDOWN : REPORT_FIGURE_FORMATS;
    else if (!report->table && given != figures)
        return sim_fail(error, SIM_MISUSE,
                        "--format: markdown, latex and csv are of tables; add --table COLUMN,...");
    else if (report->table && (figures || (given & (given - 1))))
        return sim_fail(error, SIM_MISUSE, "--format: a table has one of markdown, latex and csv");
    if (report->table && (report->is_terminal || report->output))
        return sim_fail(error, SIM_MISUSE,
                        "report: --table prints on standard output; leave out %s",
                        report->output ? "-o" : "--terminal");
    return SIM_OK;
}

static int take_report_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    struct report_config *report = &parsed->report;

    if (optind == argc)
        return sim_fail(error, SIM_MISUSE,
                        "report: no directory; give that of a finished run or sweep");
    report->output = parsed->run.output_directory;
    report->directories = argv + optind;
    report->directory_count = (size_t)(argc - optind);
    if (report->is_terminal && report->directory_count == 2) {
        report->figure = argv[optind + 1];
        report->directory_count = 1;
    }
    if (report->is_terminal && report->directory_count > 2)
        return sim_fail(error, SIM_MISUSE,
                        "report: unexpected '%s' after '%s'; give one directory and one figure",
                        argv[optind + 2], argv[optind + 1]);
    int status = check_report_formats(report, error);
    if (status == SIM_OK && report->directory_count > 1)
        status = check_report_directories(report, error);
    else if (status == SIM_OK && report->output)
        status = sim_fail(error, SIM_MISUSE,
                          "report: -o is where several runs are compared; of one directory, the "
                          "report is in %s/report",
                          report->directories[0]);
    return status;
}

static int check_cut(const struct flow_source_options *source, char *error)
{
    if (source->to_us > 0 && source->to_us <= source->from_us)
        return sim_fail(error, SIM_MISUSE,
                        "--to: it is not after --from, so nothing is left; give a later time");
    return SIM_OK;
}

/* Of one trace in several files each file counts once. */
static int take_traces(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    const char *command = command_name(parsed->command);
    size_t count = (size_t)(argc - optind);

    if (count > CAPTURE_FILES_MAX)
        return sim_fail(error, SIM_MISUSE, "%s: %zu files; a trace has at most %d", command, count,
                        CAPTURE_FILES_MAX);
    for (int i = optind; i < argc; i++)
        for (int k = optind; k < i; k++)
            if (strcmp(argv[i], argv[k]) == 0)
                return sim_fail(error, SIM_MISUSE,
                                "%s: '%s' is given twice; files are joined to one trace, give each "
                                "once",
                                command, argv[i]);
    parsed->run.traces = (const char *const *)(argv + optind);
    parsed->run.trace_count = count;
    parsed->run.trace = argv[optind];
    parsed->info.traces = parsed->run.traces;
    parsed->info.trace_count = count;
    parsed->info.trace = argv[optind];
    return SIM_OK;
}

static int take_operands(struct parsed_options *parsed, int argc, char **argv, char *error)
{
    const char *command = command_name(parsed->command);

    if (parsed->wants_help)
        return SIM_OK;
    if (parsed->command == COMMAND_TRACE_SYNTH) {
        if (optind < argc)
            return sim_fail(error, SIM_MISUSE, "%s: unexpected '%s'; the file goes after -o",
                            command, argv[optind]);
        if (!parsed->synth.output)
            return sim_fail(error, SIM_MISUSE, "%s: no output; add -o FILE", command);
        return SIM_OK;
    }
    if (parsed->command == COMMAND_VERIFY)
        return take_verify_operands(parsed, argc, argv, error);
    if (parsed->command == COMMAND_SWEEP)
        return take_sweep_operands(parsed, argc, argv, error);
    if (parsed->command == COMMAND_ADVISE)
        return take_advise_operands(parsed, argc, argv, error);
    if (parsed->command == COMMAND_REPORT)
        return take_report_operands(parsed, argc, argv, error);
    if (optind == argc)
        return sim_fail(error, SIM_MISUSE,
                        "%s: no trace; give a capture file, or - for standard input", command);
    return take_traces(parsed, argc, argv, error);
}

/* Appends the group "all" to the groups, if any of its flags was given. */
static void place_group_all(struct run_config *run)
{
    struct group_config *all = &run->specs[GROUPS_MAX - 1];

    if (!all->is_given)
        return;
    memcpy(all->name, GROUP_NAME_ALL, sizeof(GROUP_NAME_ALL));
    run->specs[run->groups++] = *all;
}

const char *options_suggest(enum command command, const char *typed, const char *before,
                            char text[SUGGESTION_TEXT_BYTES])
{
    struct suggestion suggestion = suggestion_of(typed);
    const struct option_entry *entry;

    for (size_t i = 0; (entry = option_entry(i)); i++) {
        if (!(entry->row.commands & command))
            continue;
        if (strcmp(entry->row.name, typed) == 0) { /* a dash is missing */
            snprintf(text, SUGGESTION_TEXT_BYTES, "; did you mean %s%s?", before, typed);
            return text;
        }
        suggestion_try(&suggestion, entry->row.name);
    }
    return suggestion_text(&suggestion, before, text);
}

/* The name in "--brust=5", or in "-brust", which getopt takes for letters. */
static void name_in_word(const char *word, char name[SUGGESTION_LETTERS_MAX + 2])
{
    word += strspn(word, "-");
    snprintf(name, SUGGESTION_LETTERS_MAX + 2, "%.*s", (int)strcspn(word, "="), word);
}

static int unknown_option(const char *word, const char *whole, enum command command,
                          bool lacks_value, char *error)
{
    const char *name = command_name(command);
    char typed[SUGGESTION_LETTERS_MAX + 2], suggested[SUGGESTION_TEXT_BYTES];

    if (lacks_value)
        return sim_fail(error, SIM_MISUSE, "%s: needs a value; see shapesim %s --help", word, name);
    if (optopt >= FIRST_VALUE) /* getopt knows it: the error is in the value */
        return sim_fail(error, SIM_MISUSE, "%s: takes no value; see shapesim %s --help", word,
                        name);
    name_in_word(whole, typed);
    return sim_fail(error, SIM_MISUSE,
                    "%s: not an option of %s (or short for several); see shapesim %s --help%s",
                    word, name, name, options_suggest(command, typed, "--", suggested));
}

static void set_defaults(struct parsed_options *parsed, enum command command)
{
    memset(parsed, 0, sizeof(*parsed));
    parsed->command = command;
    run_config_init(&parsed->run);
    synth_spec_init(&parsed->synth.spec);
    parsed->info.source = parsed->run.source;
    parsed->info.flows = FLOW_TICKS_DEFAULT;
    sweep_config_init(&parsed->sweep);
    advise_config_init(&parsed->advise);
    parsed->report.width_mm = REPORT_WIDTH_MM;
}

/* An option that is given again, with another value. (The same once more changes nothing.) */
static int refuse_second(const struct option_entry *entry, const struct option_use *use,
                         const char *first)
{
    if (!first || !use->value || (entry->traits & OPTION_REPEATABLE) ||
        strcmp(first, use->value) == 0)
        return SIM_OK;
    return sim_fail(use->error, SIM_MISUSE, "%s: given twice, as '%s' and as '%s'; leave one out",
                    use->what, first, use->value);
}

/* Applies the option that getopt found, and prints it to `typed` if it determines the result.
 * `values` has each option's first value. */
static int take_option(struct parsed_options *parsed, int value, const char *values[OPTIONS_MAX],
                       FILE *typed, char *error)
{
    size_t index = find_entry(parsed->command, value);
    const struct option_entry *entry = option_entry(index);
    const char *first = values[index];
    char what[64];

    snprintf(what, sizeof(what), "--%s", entry->row.name);
    const struct option_use use = {.name = entry->row.name,
                                   .what = what,
                                   .argument = entry->row.argument,
                                   .value = optarg,
                                   .error = error};
    if (!first)
        values[index] = optarg;
    int status = refuse_second(entry, &use, first);
    if (status == SIM_OK && is_axis(parsed, entry, optarg))
        return first ? SIM_OK : take_axis(parsed, &use);
    if (status == SIM_OK)
        status = entry->set(parsed, &use);
    if (entry->traits & OPTION_INCIDENTAL)
        return status;
    if (status == SIM_OK && (parsed->command & (COMMAND_SWEEP | COMMAND_ADVISE)) &&
        (entry->row.commands & COMMAND_RUN))
        status = keep_for_runs(&parsed->sweep, &use);
    fprintf(typed, " %s", what);
    if (optarg) {
        fputc(' ', typed);
        shell_word_print(typed, optarg);
    }
    return status;
}

/* getopt takes an optional value only with an equals sign; a word that may be one is taken, too. */
static void take_optional_value(enum command command, int value, int argc, char **argv)
{
    const struct option_entry *entry = option_entry(find_entry(command, value));
    char word[OPTION_WORD_BYTES];

    if (!(entry->traits & OPTION_OPTIONAL) || optarg || optind >= argc)
        return;
    for (size_t i = 0; option_word(entry->row.argument, i, word); i++)
        if (strcmp(argv[optind], word) == 0) {
            optarg = argv[optind++];
            return;
        }
}

static int take_options(struct parsed_options *parsed, int argc, char **argv, FILE *typed,
                        char *error)
{
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 2];
    const char *values[OPTIONS_MAX] = {NULL};
    int value, status = SIM_OK;

    make_getopt(parsed->command, longs, shorts);
    optind = 0; /* GNU: start over */
    while (status == SIM_OK && (value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (value == '?' || value == ':') {
            const char letter[] = {'-', (char)optopt, '\0'};
            bool is_short = optopt > 0 && optopt < FIRST_VALUE;
            /* While letters of it are left, optind still points to the word. */
            bool has_more = is_short && optind < argc && argv[optind][0] == '-' &&
                            argv[optind][1] == (char)optopt && argv[optind][2];
            const char *word = argv[has_more ? optind : optind - 1];
            return unknown_option(is_short ? letter : word, word, parsed->command, value == ':',
                                  error);
        }
        take_optional_value(parsed->command, value, argc, argv);
        status = take_option(parsed, value, values, typed, error);
    }
    return status;
}

/* A trace's name without its folder. One that would be read as an option gets one in front. -1 on
 * allocation failure. */
static int print_trace(FILE *stream, const char *trace)
{
    const char *slash = strrchr(trace, '/');
    const char *base = slash ? slash + 1 : trace;
    char *plain = NULL;

    if (asprintf(&plain, "%s%s", base[0] == '-' && base[1] ? "./" : "", base) < 0)
        return -1;
    fputc(' ', stream);
    shell_word_print(stream, plain);
    free(plain);
    return 0;
}

/* The command as summary.json records it: the traces' names without their folders, then what was
 * typed. Owned by the caller, NULL on allocation failure. */
static char *command_text(const struct run_config *run, const char *typed)
{
    char *text = NULL;
    size_t bytes = 0;
    int status = 0;
    FILE *stream = open_memstream(&text, &bytes);

    if (!stream)
        return NULL;
    fputs("shapesim run", stream);
    for (size_t i = 0; i < run->trace_count && status == 0; i++)
        status = print_trace(stream, run->traces[i]);
    fputs(typed, stream);
    if (file_stream_close_text(stream, &text) != 0)
        return NULL;
    if (status == 0)
        return text;
    free(text);
    return NULL;
}

int options_parse(enum command command, int argc, char **argv, struct parsed_options *parsed,
                  char *error)
{
    char *typed = NULL;
    size_t typed_bytes = 0;

    set_defaults(parsed, command);
    FILE *typed_stream = open_memstream(&typed, &typed_bytes);
    if (!typed_stream)
        return sim_fail(error, SIM_FAILED, "out of memory");
    int status = take_options(parsed, argc, argv, typed_stream, error);
    if (file_stream_close_text(typed_stream, &typed) != 0 && status == SIM_OK)
        status = sim_fail(error, SIM_FAILED, "out of memory");
    place_group_all(&parsed->run);
    if (status == SIM_OK)
        status = take_operands(parsed, argc, argv, error);
    if (status == SIM_OK && !parsed->wants_help)
        status = check_cut(&parsed->run.source, error);
    if (status == SIM_OK && !parsed->wants_help)
        status = check_cut(&parsed->info.source, error);
    if (status == SIM_OK && !parsed->wants_help && command == COMMAND_RUN) {
        parsed->run.command = command_text(&parsed->run, typed);
        status = parsed->run.command ? run_config_check(&parsed->run, error)
                                     : sim_fail(error, SIM_FAILED, "out of memory");
    }
    free(typed);
    return status;
}

void parsed_options_fini(struct parsed_options *parsed)
{
    for (size_t i = 0; i < parsed->listed_count; i++)
        free(parsed->listed[i]);
    run_config_fini(&parsed->run);
}

/* --- help -------------------------------------------------------------------------------- */

#define HELP_COLUMN 32
#define HELP_WIDTH  96

/* Prints text starting at a column, broken at spaces. */
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

/* What help begins with. */

static const char run_usage[] =
    "Usage: shapesim run TRACE... [limits] [options]\n\n"
    "Replays a capture through rate-limited bufferevent pairs on a virtual clock.\n"
    "TRACE is pcap or pcapng, also packed (gzip, zstd, xz, bzip2, LZ4), or - for "
    "standard input;\n"
    "several are one trace, joined by their packets' times.\n\n"
    "Rates: kbit mbit gbit B/s kB/s MB/s KiB/s MiB/s B/tick. Sizes: B kB MB KiB MiB, a "
    "bare\n"
    "number is bytes. Times: us ms s m h. Decimal k is 1000, Ki is 1024.\n";

static const char trace_info_usage[] =
    "Usage: shapesim trace info TRACE... [options]\n\n"
    "Says what is in a capture: flows, bytes, rates, and what would be skipped.\n";

static const char trace_synth_usage[] =
    "Usage: shapesim trace synth [options] -o FILE\n\n"
    "Makes a capture from synthetic sources. The same options give the same bytes.\n";

static const char verify_usage[] =
    "Usage: shapesim verify DIR [options]\n\n"
    "Reads the files of a finished run back and checks them against each other, the\n"
    "command and the arithmetic of libevent's buckets, and against demands; of a sweep,\n"
    "each of its runs. Exit status 1 where a check fails.\n";

static const char sweep_usage[] =
    "Usage: shapesim sweep TRACE... [options of run] --vary KEY=VALUES ... -o DIR\n"
    "       shapesim sweep TRACE... --min-share 1,64,512 ... -o DIR\n"
    "       shapesim sweep --collect DIR\n\n"
    "Runs every combination of traces, values and seeds, each in DIR/runs/ID, writes\n"
    "DIR/sweep.csv, sweep-summary.csv and sweep-long.csv, and prints which setting is best.\n"
    "The same command again runs what is missing; with more values or seeds, what is new.\n";

static const char advise_usage[] =
    "Usage: shapesim advise TRACE [options of run] --want DEMAND ... -o DIR\n\n"
    "Finds the least rate that meets the demands, and with it the burst, tick and min-share: by\n"
    "runs, each in DIR/runs/ID like those of a sweep. Prints the setting, its margins, what half\n"
    "and twice of it would do, and its C; DIR/advise.json has it all. Exit status 1 where no\n"
    "setting meets the demands. The same command again runs only what is missing.\n";

static const char report_usage[] =
    "Usage: shapesim report DIR\n"
    "       shapesim report DIR --terminal [FIGURE]\n"
    "       shapesim report DIR DIR... -o COMPARED\n"
    "       shapesim report SWEEP --table COLUMN,...\n\n"
    "Draws the figures of a finished run or sweep and puts them into a page:\n"
    "DIR/report/index.html, which needs nothing beside it. Several runs get one page that "
    "compares\n"
    "them. --table prints a sweep's table. Needs gnuplot 5.4 or later, but for tables.\n";

static const char *const usages[] = {
    [COMMAND_RUN] = run_usage,
    [COMMAND_TRACE_INFO] = trace_info_usage,
    [COMMAND_TRACE_SYNTH] = trace_synth_usage,
    [COMMAND_VERIFY] = verify_usage,
    [COMMAND_SWEEP] = sweep_usage,
    [COMMAND_ADVISE] = advise_usage,
    [COMMAND_REPORT] = report_usage,
};

void options_print_help(enum command command, FILE *out)
{
    const char *section = "";

    fputs(usages[command], out);
    const struct option_entry *entry;

    for (size_t i = 0; (entry = option_entry(i)); i++) {
        const struct option_row *row = &entry->row;
        char flag[96];
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
