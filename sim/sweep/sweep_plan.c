#include "sim/sweep/sweep_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <xxhash.h>

#include "sim/cli/options.h"
#include "sim/sweep/sweep_window.h"
#include "traces/file_stream.h"
#include "traces/flow_recording.h"
#include "traces/synth_random.h"

#define ID_HASH_BYTES 17 /* ~ and 16 hex digits */
#define WINDOW_OPTION "fairness-window"
#define FILES_OPTION  "files"

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "sweep: out of memory");
}

/* --- words of a command line -------------------------------------------------------------- */

struct words {
    char **list; /* ended by NULL */
    size_t count;
    bool failed;
};

/* Takes ownership of `word`; NULL is a failure. */
static void words_take(struct words *words, char *word)
{
    char **list = reallocarray(words->list, words->count + 2, sizeof(*list));

    if (list) {
        words->list = list;
        list[words->count] = NULL;
    }
    if (!list || !word) {
        free(word);
        words->failed = true;
        return;
    }
    list[words->count++] = word;
    list[words->count] = NULL;
}

static void words_add(struct words *words, const char *word)
{
    words_take(words, strdup(word));
}

/* --name, and its value if it has one. */
static void words_add_option(struct words *words, const char *name, const char *value)
{
    char *flag;

    words_take(words, asprintf(&flag, "--%s", name) < 0 ? NULL : flag);
    if (value)
        words_add(words, value);
}

void sweep_words_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* The words, or NULL if any is missing. */
static char **words_finish(struct words *words)
{
    if (!words->failed)
        return words->list;
    sweep_words_free(words->list);
    return NULL;
}

/* --- settings ------------------------------------------------------------------------------ */

const char *sweep_plan_value_in(const struct sweep_plan *plan, uint64_t combination, size_t axis)
{
    uint64_t rest = combination;

    if (plan->config->link)
        return plan->axes[axis].values[combination];
    for (size_t i = plan->axis_count - 1; i > axis; i--)
        rest /= plan->axes[i].count;
    return plan->axes[axis].values[rest % plan->axes[axis].count];
}

const char *sweep_plan_value(const struct sweep_plan *plan, const struct sweep_setting *setting,
                             size_t axis)
{
    return sweep_plan_value_in(plan, setting->combination, axis);
}

void sweep_plan_print_combination(const struct sweep_plan *plan, uint64_t combination, char *text,
                                  size_t room)
{
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < plan->axis_count && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s=%s", i ? " " : "",
                                 plan->axes[i].name, sweep_plan_value_in(plan, combination, i));
}

const struct sweep_limits *sweep_plan_limits(const struct sweep_setting *setting, size_t group)
{
    for (size_t i = 0; i < setting->limit_count; i++)
        if (setting->limits[i].group == group)
            return &setting->limits[i];
    return NULL;
}

/* The --group at `option`, with the keys that are varied. */
static char *group_value(const struct sweep_plan *plan, const struct sweep_setting *setting,
                         size_t option)
{
    char *value = strdup(plan->config->options[option].value);

    for (size_t i = 0; i < plan->axis_count && value; i++) {
        char *longer;
        if (!plan->axes[i].group || plan->group_options[i] != option)
            continue;
        if (asprintf(&longer, "%s,%s=%s", value, plan->axes[i].key,
                     sweep_plan_value(plan, setting, i)) < 0)
            longer = NULL;
        free(value);
        value = longer;
    }
    return value;
}

static void add_setting(struct words *words, const struct sweep_plan *plan,
                        const struct sweep_setting *setting)
{
    words_add(words, "run");
    words_add(words, plan->traces[setting->trace].path);
    for (size_t i = 0; i < plan->config->option_count; i++) {
        const struct sweep_option *option = &plan->config->options[i];
        if (strcmp(option->name, "seed") == 0)
            continue;
        bool is_group = strcmp(option->name, "group") == 0;
        words_add_option(words, option->name, is_group ? NULL : option->value);
        if (is_group)
            words_take(words, group_value(plan, setting, i));
    }
    for (size_t i = 0; i < plan->axis_count; i++)
        if (!plan->axes[i].group)
            words_add_option(words, plan->axes[i].key, sweep_plan_value(plan, setting, i));
}

/* Whether the sweep's command line has the option, or varies it. */
static bool is_given(const struct sweep_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->axis_count; i++)
        if (!plan->axes[i].group && strcmp(plan->axes[i].key, name) == 0)
            return true;
    for (size_t i = 0; i < plan->config->option_count; i++)
        if (strcmp(plan->config->options[i].name, name) == 0)
            return true;
    return false;
}

char **sweep_plan_words(const struct sweep_plan *plan, size_t run, const char *output)
{
    struct words words = {0};
    char seed[24];

    const struct sweep_setting *setting = sweep_plan_setting(plan, run);

    snprintf(seed, sizeof(seed), "%" PRId64, sweep_plan_seed(plan, run));
    add_setting(&words, plan, setting);
    if (!is_given(plan, FILES_OPTION))
        words_add_option(&words, FILES_OPTION, run_files_name(SWEEP_FILES_DEFAULT));
    if (setting->asks_for_window) {
        char window[32];
        snprintf(window, sizeof(window), "%" PRId64 "ms", plan->compared_window_ms);
        words_add_option(&words, WINDOW_OPTION, window);
    }
    words_add_option(&words, "seed", seed);
    words_add_option(&words, "quiet", NULL);
    words_add_option(&words, "atomic", NULL);
    words_add_option(&words, "output", output);
    return words_finish(&words);
}

char *sweep_plan_command(const struct sweep_plan *plan, size_t run)
{
    const struct sweep_setting *setting = sweep_plan_setting(plan, run);
    char *command, files[32] = "", window[64] = "";

    if (!is_given(plan, FILES_OPTION))
        snprintf(files, sizeof(files), " --" FILES_OPTION " %s",
                 run_files_name(SWEEP_FILES_DEFAULT));

    if (setting->asks_for_window)
        snprintf(window, sizeof(window), " --" WINDOW_OPTION " %" PRId64 "ms",
                 plan->compared_window_ms);
    return asprintf(&command, "%s%s%s --seed %" PRId64, setting->command, files, window,
                    sweep_plan_seed(plan, run)) < 0
               ? NULL
               : command;
}

/* --- IDs ----------------------------------------------------------------------------------- */

static void print_escaped(FILE *out, const char *text, bool is_trace)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "+-.=";

    for (; *text; text++)
        if (strchr(harmless, *text) || (is_trace && *text == '_'))
            fputc(*text, out);
        else
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static void print_id(FILE *out, const struct sweep_plan *plan, size_t run)
{
    const struct sweep_setting *setting = sweep_plan_setting(plan, run);

    print_escaped(out, plan->traces[setting->trace].name, true);
    for (size_t i = 0; i < plan->axis_count; i++) {
        fputc('_', out);
        print_escaped(out, plan->axes[i].name, false);
        fputc('=', out);
        print_escaped(out, sweep_plan_value(plan, setting, i), false);
    }
    fprintf(out, "_seed=%" PRId64, sweep_plan_seed(plan, run));
}

char *sweep_plan_id(const struct sweep_plan *plan, size_t run)
{
    char *id = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&id, &bytes);

    if (!out)
        return NULL;
    print_id(out, plan, run);
    if (file_stream_close_text(out, &id) != 0) {
        free(id);
        return NULL;
    }
    if (bytes > SWEEP_ID_MAX)
        snprintf(id + SWEEP_ID_MAX - ID_HASH_BYTES, ID_HASH_BYTES + 1, "~%016" PRIx64,
                 (uint64_t)XXH3_64bits(id, bytes));
    return id;
}

/* --- making a plan ------------------------------------------------------------------------- */

static int add_trace(struct sweep_plan *plan, const char *path, char *error)
{
    struct sweep_trace *trace = &plan->traces[plan->trace_count];
    char *here = *path == '/' ? strdup("") : getcwd(NULL, 0);

    if (!here)
        return sim_fail(error, SIM_FAILED, "%s: the working directory cannot be determined (%s)",
                        path, strerror(errno));
    int length = asprintf(&trace->path, "%s%s%s", here, *path == '/' ? "" : "/", path);
    free(here);
    if (length < 0)
        return out_of_memory(error);
    plan->trace_count++;
    trace->name = strrchr(trace->path, '/') + 1;
    json_t *path_text = json_string(trace->path);
    json_decref(path_text);
    if (!path_text) /* sweep.json must name it for --collect to find it */
        return sim_fail(error, SIM_MISUSE, "sweep: %s: the path is not UTF-8; rename it",
                        trace->path);
    for (size_t i = 0; i + 1 < plan->trace_count; i++)
        if (strcmp(plan->traces[i].name, trace->name) == 0)
            return sim_fail(error, SIM_MISUSE,
                            "sweep: two traces are called %s, and the tables could not tell them "
                            "apart; rename one",
                            trace->name);
    return SIM_OK;
}

/* Whether a --group's text has name=NAME among its keys. */
static bool is_called(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = text; (at = strstr(at, "name=")); at++) {
        const char *end = at + strlen("name=") + length;
        if ((at == text || at[-1] == ',') && strncmp(at + strlen("name="), name, length) == 0 &&
            (*end == ',' || *end == '\0'))
            return true;
    }
    return false;
}

/* The --group to which the axis belongs. */
static int find_group(struct sweep_plan *plan, size_t axis, char *error)
{
    const struct sweep_config *config = plan->config;

    for (size_t i = 0; i < config->option_count; i++)
        if (strcmp(config->options[i].name, "group") == 0 &&
            is_called(config->options[i].value, plan->axes[axis].group)) {
            plan->group_options[axis] = i;
            return SIM_OK;
        }
    return sim_fail(error, SIM_MISUSE, "--vary %s: there is no --group name=%s",
                    plan->axes[axis].name, plan->axes[axis].group);
}

static const struct option_row *find_row(const char *name)
{
    const struct option_row *row;

    for (size_t i = 0; (row = options_table(i)); i++)
        if ((row->commands & COMMAND_RUN) && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* Whether an option of run may be varied. */
static int check_key(const struct sweep_plan *plan, const struct sweep_axis *axis, char *error)
{
    const struct option_row *row = find_row(axis->key);
    char suggested[SUGGESTION_TEXT_BYTES];

    if (!row)
        return sim_fail(error, SIM_MISUSE,
                        "--vary %s: not an option of run; see shapesim run --help%s", axis->name,
                        options_suggest(COMMAND_RUN, axis->key, "", suggested));
    if (strcmp(axis->key, "seed") == 0)
        return sim_fail(error, SIM_MISUSE, "--vary seed: give seeds with --seeds, like 1-10");
    if (strcmp(axis->key, "output") == 0)
        return sim_fail(error, SIM_MISUSE, "--vary output: each run has a directory in DIR/runs");
    if (!row->argument)
        return sim_fail(error, SIM_MISUSE,
                        "--vary %s: takes no value; give it to two sweeps, once "
                        "with and once without",
                        axis->name);
    for (size_t i = 0; i < plan->config->option_count; i++)
        if (strcmp(plan->config->options[i].name, axis->key) == 0 &&
            strcmp(axis->key, "group") != 0)
            return sim_fail(error, SIM_MISUSE,
                            "--vary %s: --%s is given too; leave one of them out", axis->name,
                            axis->key);
    return SIM_OK;
}

/* An axis whose values go with those of the first one. */
static int link_axis(struct sweep_plan *plan, const struct sweep_axis *axis, char *error)
{
    const struct sweep_axis *first = &plan->axes[0];

    plan->combinations = first->count;
    if (axis->count == first->count)
        return SIM_OK;
    return sim_fail(
        error, SIM_MISUSE,
        "--link: --vary %s has %zu values and --vary %s %zu; values go together, so give "
        "as many of each",
        first->name, first->count, axis->name, axis->count);
}

static int add_axis(struct sweep_plan *plan, const char *text, char *error)
{
    struct sweep_axis *axis = &plan->axes[plan->axis_count];
    int status = sweep_axis_parse(text, axis, error);

    if (status != SIM_OK) {
        sweep_axis_fini(axis);
        return status;
    }
    plan->axis_count++;
    for (size_t i = 0; i + 1 < plan->axis_count; i++)
        if (strcmp(plan->axes[i].name, axis->name) == 0)
            return sim_fail(error, SIM_MISUSE, "--vary %s: given twice; give all values at once",
                            axis->name);
    status =
        axis->group ? find_group(plan, plan->axis_count - 1, error) : check_key(plan, axis, error);
    if (status != SIM_OK)
        return status;
    if (plan->config->link)
        return link_axis(plan, axis, error);
    if (__builtin_mul_overflow(plan->combinations, axis->count, &plan->combinations))
        plan->combinations = UINT64_MAX;           /* too many, unless a sample is taken */
    return sweep_axis_check_distinct(axis, error); /* each value names its runs */
}

static int by_link(const void *a, const void *b, void *arg)
{
    const struct sweep_plan *plan = arg;
    int order = 0;

    for (size_t i = 0; i < plan->axis_count && order == 0; i++)
        order = strcmp(plan->axes[i].values[*(const size_t *)a],
                       plan->axes[i].values[*(const size_t *)b]);
    return order;
}

/* The values that go together name their runs. */
static int check_links_distinct(struct sweep_plan *plan, char *error)
{
    size_t count = plan->axis_count > 0 ? plan->axes[0].count : 0;
    size_t *order = calloc(count + 1, sizeof(*order));
    char text[SIM_ERROR_BYTES / 2];
    int status = order ? SIM_OK : out_of_memory(error);

    for (size_t i = 0; i < count && order; i++)
        order[i] = i;
    if (order)
        qsort_r(order, count, sizeof(*order), by_link, plan);
    for (size_t i = 1; i < count && status == SIM_OK; i++) {
        if (by_link(&order[i - 1], &order[i], plan) != 0)
            continue;
        sweep_plan_print_combination(plan, order[i], text, sizeof(text));
        status = sim_fail(error, SIM_MISUSE, "--link: %s is given twice; once will do", text);
    }
    free(order);
    return status;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool is_among(const uint64_t *numbers, size_t count, uint64_t number)
{
    return bsearch(&number, numbers, count, sizeof(*numbers), by_number) != NULL;
}

/* A random number below `bound`, uniformly distributed. */
static uint64_t random_number(uint64_t *state, uint64_t bound)
{
    uint64_t number, excess = (UINT64_MAX % bound + 1) % bound;

    do
        number = synth_random_next(state);
    while (number > UINT64_MAX - excess);
    return number % bound;
}

/* Chooses `count` different ones at random, in ascending order: rejects repeated ones. */
static void choose(uint64_t *numbers, size_t count, uint64_t bound, uint64_t seed)
{
    uint64_t state = synth_random_init(seed, 0, 0);

    for (size_t have = 0, chosen = 0; have < count; chosen = have) {
        while (chosen < count) {
            uint64_t number = random_number(&state, bound);
            if (!is_among(numbers, have, number))
                numbers[chosen++] = number;
        }
        qsort(numbers, chosen, sizeof(*numbers), by_number);
        have = 0;
        for (size_t i = 0; i < chosen; i++)
            if (have == 0 || numbers[have - 1] != numbers[i])
                numbers[have++] = numbers[i];
    }
}

/* The combinations that the sweep uses: all, or the sample. */
static uint64_t *choose_combinations(const struct sweep_plan *plan, size_t *count)
{
    uint64_t sample = (uint64_t)plan->config->sample;
    bool is_sample = sample > 0 && sample < plan->combinations;

    *count = is_sample ? (size_t)sample : (size_t)plan->combinations;
    uint64_t *numbers = calloc(*count, sizeof(*numbers));
    if (!numbers)
        return NULL;
    for (size_t i = 0; i < *count; i++)
        numbers[i] = i;
    if (is_sample)
        choose(numbers, *count, plan->combinations, (uint64_t)plan->config->first_seed);
    return numbers;
}

static int make_settings(struct sweep_plan *plan, char *error)
{
    uint64_t sample = (uint64_t)plan->config->sample, runs;
    uint64_t taken = sample > 0 && sample < plan->combinations ? sample : plan->combinations;
    size_t count;

    if (plan->combinations == UINT64_MAX)
        return sim_fail(error, SIM_MISUSE, "sweep: more combinations than 64 bits can count");
    if (__builtin_mul_overflow(taken, plan->trace_count, &runs) ||
        __builtin_mul_overflow(runs, (uint64_t)plan->config->seed_count, &runs) ||
        runs > SWEEP_RUNS_MAX)
        return sim_fail(error, SIM_MISUSE,
                        "sweep: more than %d runs; choose a sample with --random N",
                        SWEEP_RUNS_MAX);
    uint64_t *combinations = choose_combinations(plan, &count);
    plan->settings = calloc(count * plan->trace_count, sizeof(*plan->settings));
    if (!combinations || !plan->settings) {
        free(combinations);
        return out_of_memory(error);
    }
    for (size_t trace = 0; trace < plan->trace_count; trace++)
        for (size_t i = 0; i < count; i++)
            plan->settings[plan->setting_count++] =
                (struct sweep_setting){.trace = trace, .combination = combinations[i]};
    plan->run_count = (size_t)runs;
    free(combinations);
    return SIM_OK;
}

/* --- checking it --------------------------------------------------------------------------- */

/* The plan's index of a group; GROUPS_MAX if it has no room for another. */
static size_t intern_group(struct sweep_plan *plan, const char *name)
{
    size_t known = 0;

    while (known < plan->group_count && strcmp(plan->groups[known], name) != 0)
        known++;
    if (known == plan->group_count && known < GROUPS_MAX)
        memcpy(plan->groups[plan->group_count++], name, GROUP_NAME_BYTES);
    return known;
}

static bool has_rate(const struct shaper_limit *limit, int direction)
{
    return limit->rate_bytes_per_tick[direction] < SHAPER_LIMIT_MAX_BYTES;
}

static double rate_as_given(const struct rate_value *rate, int64_t tick_ms)
{
    return rate->is_per_tick ? (double)rate->bytes_per_tick * 1000 / (double)tick_ms
                             : (double)rate->microbits_per_s / 8e6;
}

static struct sweep_limits limits_of(const struct group_config *spec,
                                     const struct group_limits *given, size_t group)
{
    struct sweep_limits limits = {.group = group,
                                  .tick_ms = given->tick_ms,
                                  .has_group = given->has_group,
                                  .min_share_bytes = given->min_share_bytes};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limits.has_rate[d] = given->has_group && has_rate(&given->group, d);
        limits.is_limited[d] = limits.has_rate[d] ||
                               (given->has_per_flow && has_rate(&given->per_flow, d)) ||
                               (given->has_ratelimit && has_rate(&given->ratelimit, d));
        if (!limits.has_rate[d])
            continue;
        limits.rate_bytes_per_s[d] = rate_as_given(&spec->group.rate[d], given->group.tick_ms);
        limits.burst_bytes[d] = given->group.burst_bytes[d];
    }
    return limits;
}

static int take_limits(struct sweep_plan *plan, struct sweep_setting *setting,
                       const struct run_config *run, char *error)
{
    setting->limits = calloc(run->groups + 1, sizeof(*setting->limits));
    if (!setting->limits)
        return out_of_memory(error);
    for (size_t i = 0; i < run->groups; i++) {
        size_t group = intern_group(plan, run->specs[i].name);
        if (group < GROUPS_MAX)
            setting->limits[setting->limit_count++] =
                limits_of(&run->specs[i], &run->limits[i], group);
    }
    return SIM_OK;
}

static void take_files(const struct sweep_plan *plan, struct sweep_setting *setting,
                       const struct run_config *run)
{
    setting->files = is_given(plan, FILES_OPTION) ? run->files : SWEEP_FILES_DEFAULT;
    setting->compresses = run->compress;
    setting->flow_ticks = run->flow_ticks;
    setting->copies = run->source.schedule.copies;
}

/* Most settings read their trace as the one before. */
static int intern_reading(struct sweep_plan *plan, struct sweep_setting *setting,
                          const struct flow_source_options *options, char *error)
{
    char *key = flow_recording_key(NULL, 0, options);
    size_t known = plan->reading_count;

    while (key && known > 0 && strcmp(plan->readings[known - 1], key) != 0)
        known--;
    if (known > 0) {
        free(key);
        setting->reading = known - 1;
        return SIM_OK;
    }
    char **readings =
        key ? reallocarray(plan->readings, plan->reading_count + 1, sizeof(*readings)) : NULL;
    if (!readings) {
        free(key);
        return out_of_memory(error);
    }
    plan->readings = readings;
    setting->reading = plan->reading_count;
    readings[plan->reading_count++] = key;
    return SIM_OK;
}

/* Parses a setting as the run will. SIM_MISUSE: it is refused. */
static int check_setting(struct sweep_plan *plan, struct sweep_setting *setting,
                         struct parsed_options *parsed, char *error)
{
    struct words words = {0};

    add_setting(&words, plan, setting);
    char **list = words_finish(&words);
    if (!list)
        return out_of_memory(error);
    int status = options_parse(COMMAND_RUN, (int)words.count, list, parsed, error);
    if (status == SIM_OK) {
        setting->command = strdup(parsed->run.command);
        status = setting->command ? take_limits(plan, setting, &parsed->run, error)
                                  : out_of_memory(error);
        take_files(plan, setting, &parsed->run);
        if (status == SIM_OK)
            status = intern_reading(plan, setting, &parsed->run.source, error);
    }
    parsed_options_fini(parsed);
    sweep_words_free(list);
    return status;
}

/* Puts the values of the first impossible combination before the reason. */
static int all_refused(const struct sweep_plan *plan, char *error)
{
    const struct sweep_impossible *first = &plan->impossible[0];
    char values[SIM_ERROR_BYTES / 2];

    if (plan->axis_count == 0)
        return sim_fail(error, SIM_MISUSE, "%s", first->reason);
    sweep_plan_print_combination(plan, first->combination, values, sizeof(values));
    return sim_fail(error, SIM_MISUSE, "sweep: with %s: %.*s", values, SIM_ERROR_BYTES / 2 - 32,
                    first->reason);
}

static int add_impossible(struct sweep_plan *plan, uint64_t combination, char *error)
{
    struct sweep_impossible *list =
        reallocarray(plan->impossible, plan->impossible_count + 1, sizeof(*list));
    char *reason = strdup(error);

    if (list)
        plan->impossible = list;
    if (!list || !reason) {
        free(reason);
        return out_of_memory(error);
    }
    list[plan->impossible_count++] =
        (struct sweep_impossible){.combination = combination, .reason = reason};
    return SIM_OK;
}

static int by_combination(const void *a, const void *b)
{
    const struct sweep_impossible *x = a, *y = b;

    return x->combination < y->combination ? -1 : x->combination > y->combination;
}

static bool is_impossible(const struct sweep_plan *plan, uint64_t combination)
{
    const struct sweep_impossible wanted = {.combination = combination};

    return plan->impossible_count > 0 && bsearch(&wanted, plan->impossible, plan->impossible_count,
                                                 sizeof(wanted), by_combination) != NULL;
}

/* Checks every setting, and keeps the possible ones: those of the first trace decide. */
static int keep_possible(struct sweep_plan *plan, struct parsed_options *parsed, char *error)
{
    size_t all = plan->setting_count;

    plan->setting_count = 0;
    for (size_t i = 0; i < all; i++) {
        struct sweep_setting setting = plan->settings[i];
        bool is_first = i < all / plan->trace_count;
        if (!is_first && is_impossible(plan, setting.combination))
            continue;
        int status = check_setting(plan, &setting, parsed, error);
        if (status == SIM_MISUSE && is_first) {
            status = add_impossible(plan, setting.combination, error);
            if (status != SIM_OK)
                return status;
            *error = '\0';
            continue;
        }
        plan->settings[plan->setting_count++] = setting; /* it may own something, whatever came */
        if (status != SIM_OK)
            return status;
    }
    plan->run_count = plan->setting_count * (size_t)plan->config->seed_count;
    return plan->setting_count > 0 ? SIM_OK : all_refused(plan, error);
}

static int check_settings(struct sweep_plan *plan, char *error)
{
    struct parsed_options *parsed = malloc(sizeof(*parsed));
    int status = parsed ? keep_possible(plan, parsed, error) : out_of_memory(error);

    free(parsed);
    return status;
}

/* Whether every setting's runs measure the window without being asked. */
static bool all_measure(const struct sweep_plan *plan, int64_t window_ms)
{
    for (size_t i = 0; i < plan->setting_count && window_ms > 0; i++)
        for (size_t j = 0; j < plan->settings[i].limit_count; j++)
            if (!sweep_window_is_usual(window_ms, plan->settings[i].limits[j].tick_ms))
                return false;
    return true;
}

/* The window by which settings are compared; a run that would not measure it is asked to. */
static void choose_window(struct sweep_plan *plan)
{
    bool runs_take_windows = find_row(WINDOW_OPTION) != NULL;
    struct sweep_window window = {0};

    for (size_t i = 0; i < plan->setting_count; i++)
        for (size_t j = 0; j < plan->settings[i].limit_count; j++)
            sweep_window_add_tick(&window, plan->settings[i].limits[j].tick_ms);
    plan->compared_window_ms = sweep_window_ms(&window, plan->config->fairness_window_us);
    if (plan->config->link && !all_measure(plan, plan->compared_window_ms))
        plan->compared_window_ms = 0; /* one more value must not change the runs of the others */
    if (plan->compared_window_ms == 0)
        return;
    for (size_t i = 0; i < plan->setting_count; i++) {
        struct sweep_setting *setting = &plan->settings[i];
        for (size_t j = 0; j < setting->limit_count; j++)
            setting->asks_for_window |=
                runs_take_windows &&
                !sweep_window_is_usual(plan->compared_window_ms, setting->limits[j].tick_ms);
    }
}

int sweep_plan_new(const struct sweep_config *config, struct sweep_plan **out, char *error)
{
    struct sweep_plan *plan = calloc(1, sizeof(*plan));
    int status = SIM_OK;

    if (!plan)
        return out_of_memory(error);
    plan->config = config;
    plan->combinations = 1;
    plan->traces = calloc(config->trace_count, sizeof(*plan->traces));
    if (!plan->traces)
        status = out_of_memory(error);
    for (size_t i = 0; i < config->trace_count && status == SIM_OK; i++)
        status = add_trace(plan, config->traces[i], error);
    for (size_t i = 0; i < config->vary_count && status == SIM_OK; i++)
        status = add_axis(plan, config->vary[i], error);
    if (status == SIM_OK && config->link)
        status = check_links_distinct(plan, error);
    if (status == SIM_OK)
        status = make_settings(plan, error);
    if (status == SIM_OK)
        status = check_settings(plan, error);
    if (status == SIM_OK) {
        choose_window(plan);
        *out = plan;
    } else {
        sweep_plan_free(plan);
    }
    return status;
}

int sweep_plan_hash_traces(struct sweep_plan *plan, char *error)
{
    for (size_t i = 0; i < plan->trace_count; i++) {
        struct byte_source *source;
        char text[TRACE_ERROR_BYTES];
        if (byte_source_open(plan->config->traces[i], &source, text) != TRACE_OK)
            return sim_fail(error, SIM_FAILED, "%s", text);
        int status = SIM_OK;
        if (!byte_source_hash(source, plan->traces[i].hash))
            status = sim_fail(error, SIM_FAILED, "%s: %s", plan->config->traces[i],
                              byte_source_failure(source));
        byte_source_free(source);
        if (status != SIM_OK)
            return status;
    }
    return SIM_OK;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->setting_count; i++) {
        free(plan->settings[i].command);
        free(plan->settings[i].limits);
    }
    for (size_t i = 0; i < plan->impossible_count; i++)
        free(plan->impossible[i].reason);
    free(plan->impossible);
    for (size_t i = 0; i < plan->axis_count; i++)
        sweep_axis_fini(&plan->axes[i]);
    for (size_t i = 0; i < plan->trace_count; i++)
        free(plan->traces[i].path);
    for (size_t i = 0; i < plan->reading_count; i++)
        free(plan->readings[i]);
    free(plan->readings);
    free(plan->settings);
    free(plan->traces);
    free(plan);
}
