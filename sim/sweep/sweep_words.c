#include "sim/sweep/sweep_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sim/cli/option_table.h"
#include "traces/file_stream.h"

#define ID_HASH_BYTES 17 /* ~ and 16 hex digits */
#define WINDOW_OPTION "fairness-window"
#define FILES_OPTION  "files"

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
/* A value that may be left out needs the equals sign: any other word would be an operand. */
static bool needs_equals_sign(const char *name)
{
    const struct option_entry *entry;

    for (size_t i = 0; (entry = option_entry(i)); i++)
        if ((entry->row.commands & COMMAND_RUN) && strcmp(entry->row.name, name) == 0)
            return entry->traits & OPTION_OPTIONAL;
    return false;
}

static void words_add_option(struct words *words, const char *name, const char *value)
{
    bool is_one_word = value && needs_equals_sign(name);
    char *flag;

    words_take(words, asprintf(&flag, "--%s%s%s", name, is_one_word ? "=" : "",
                               is_one_word ? value : "") < 0
                          ? NULL
                          : flag);
    if (value && !is_one_word)
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

bool sweep_plan_gives(const struct sweep_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->axis_count; i++)
        if (!plan->axes[i].group && strcmp(plan->axes[i].key, name) == 0)
            return true;
    for (size_t i = 0; i < plan->config->option_count; i++)
        if (strcmp(plan->config->options[i].name, name) == 0)
            return true;
    return false;
}

char **sweep_setting_words(const struct sweep_plan *plan, const struct sweep_setting *setting,
                           size_t *count)
{
    struct words words = {0};

    add_setting(&words, plan, setting);
    *count = words.count;
    return words_finish(&words);
}

char **sweep_plan_words(const struct sweep_plan *plan, size_t run, const char *output)
{
    struct words words = {0};
    char seed[24];

    const struct sweep_setting *setting = sweep_plan_setting(plan, run);

    snprintf(seed, sizeof(seed), "%" PRId64, sweep_plan_seed(plan, run));
    add_setting(&words, plan, setting);
    if (!sweep_plan_gives(plan, FILES_OPTION))
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

    if (!sweep_plan_gives(plan, FILES_OPTION))
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
